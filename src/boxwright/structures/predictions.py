"""The raw output of a head, level by level, as the head made it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from boxwright.errors import ShapeError
from boxwright.structures.layout import Layout, layout_of
from boxwright.structures.mask_predictions import MaskPredictions
from boxwright.structures.priors import LevelGrid, Priors

_ADDRESSES_AT_ONCE = 1 << 18
_NUMBERS_TO_JOIN = 1 << 16
_PAIRS_TO_SORT = 1 << 10

# one level; only the batch axis agrees over the levels
LevelBlock = Float[Tensor, "batch _priors_per_cell _values _height _width"]


@dataclass(frozen=True, slots=True)
class Predictions:
    """Logically `batch priors values` arrays; stored per level without a permuted or concatenated copy.

    A reader asks for the blocks of the levels, or for rows at (image, prior) pairs.

    Args:
        class_logits: Per level; values are the classes.
        box_codes: Per level; values are what the system's coder reads.
        objectness_logits: Per level with one value, or None.
        masks: Prototypes and coefficients of a system that segments, or None.
        has_background: Whether the first value of the class logits is that of the background, as a softmax needs it.
            It is no class: labels still count from 0, and `num_classes` does not include it.
    """

    class_logits: tuple[LevelBlock, ...]
    box_codes: tuple[LevelBlock, ...]
    objectness_logits: tuple[LevelBlock, ...] | None = None
    masks: MaskPredictions | None = None
    has_background: bool = False

    @classmethod
    def from_dense(
        cls,
        class_logits: Float[Tensor, "batch priors classes"],
        box_codes: Float[Tensor, "batch priors code"],
        priors: Priors,
        *,
        has_background: bool = False,
    ) -> "Predictions":
        """Views dense arrays of a foreign network as level blocks, without copying.

        Args:
            class_logits: Logits in prior order.
            box_codes: Codes in prior order.
            priors: The priors that the rows belong to.
            has_background: Whether the first class logit is that of the background.

        Raises:
            ShapeError: The arrays do not have one row per prior.
        """
        for name, dense in (("class_logits", class_logits), ("box_codes", box_codes)):
            if dense.shape[1] != len(priors):
                raise ShapeError(
                    f"{name} has {dense.shape[1]} rows per image, the canvas {priors.canvas_size} has {len(priors)} "
                    "priors. Build the priors for the canvas that the network saw."
                )
        return cls(
            tuple(_dense_block(class_logits, grid) for grid in priors.grids),
            tuple(_dense_block(box_codes, grid) for grid in priors.grids),
            has_background=has_background,
        )

    @property
    def batch_size(self) -> int:
        """Number of images."""
        return self.class_logits[0].shape[0]

    @property
    def num_classes(self) -> int:
        """Number of classes, the background not counted."""
        return self.class_logits[0].shape[2] - self.has_background

    @property
    def num_priors(self) -> int:
        """Number of priors over all levels."""
        shapes = [block.shape for block in self.class_logits]
        return sum([per_cell * height * width for _, per_cell, _, height, width in shapes])

    @property
    def device(self) -> torch.device:
        """Where the blocks are."""
        return self.class_logits[0].device

    def box_codes_at(self, image: Int64[Tensor, "pairs"], prior: Int64[Tensor, "pairs"]) -> Float[Tensor, "pairs code"]:
        """Reads the box codes of (image, prior) pairs."""
        return rows_at(self.box_codes, image, prior)

    def class_logits_at(
        self,
        image: Int64[Tensor, "pairs"],
        prior: Int64[Tensor, "pairs"],
        label: Int64[Tensor, "pairs"] | None = None,
    ) -> Float[Tensor, "..."]:
        """Reads class logits of (image, prior) pairs: of one label each (`pairs`), or all (`pairs values`).

        All of them include that of the background, where there is one.
        """
        value = None if label is None else label + int(self.has_background)
        return rows_at(self.class_logits, image, prior, value)


def rows_at(
    blocks: tuple[Tensor, ...],
    image: Int64[Tensor, "pairs"],
    prior: Int64[Tensor, "pairs"],
    value: Int64[Tensor, "pairs"] | None = None,
) -> Float[Tensor, "..."]:
    """Reads rows (or with `value` single numbers) of level blocks at (image, prior) pairs, in the order given.

    Differentiable once; the cost follows the pairs.

    Args:
        blocks: Level blocks, `batch priors_per_cell values height width`.
        image: Image of each pair.
        prior: Prior of each pair.
        value: Which number of the row; all if left out.
    """
    rows: Tensor = _ReadRows.apply(image, prior, value, *blocks)
    return rows


class _ReadRows(torch.autograd.Function):
    """Gathers level by level into one result, and scatters its gradient into one buffer for all levels.

    If there are few numbers, it is quicker to put the levels side by side and gather from all at once.
    """

    @staticmethod
    def forward(ctx: Any, image: Tensor, prior: Tensor, value: Tensor | None, *blocks: Tensor) -> Tensor:
        ctx.layout, ctx.dtype = layout_of(blocks), blocks[0].dtype
        if value is not None or ctx.layout.starts[-1] > _NUMBERS_TO_JOIN or not ctx.layout.is_gapless:
            ctx.save_for_backward(None, image, prior, value)
            return read_rows(blocks, ctx.layout, pairs_by_level(ctx.layout, prior), image, prior, value)
        where = ctx.layout.addresses(image, prior, None)
        ctx.save_for_backward(where, image, prior, value)
        joined: Tensor = ctx.layout.join(blocks)
        return joined.take(where)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        (gradient,) = gradients
        where, image, prior, value = ctx.saved_tensors
        buffer = torch.zeros(ctx.layout.starts[-1], dtype=ctx.dtype, device=gradient.device)
        if where is not None:
            buffer.index_put_((where,), gradient, accumulate=True)
            return (None, None, None, *ctx.layout.views(buffer))
        pairs_at_once = max(1, _ADDRESSES_AT_ONCE // (1 if value is not None else ctx.layout.shapes[0][2]))
        for first in range(0, len(image), pairs_at_once):
            some = slice(first, first + pairs_at_once)
            where = ctx.layout.addresses(image[some], prior[some], None if value is None else value[some])
            buffer.index_put_((where,), gradient[some], accumulate=True)
        return (None, None, None, *ctx.layout.views(buffer))


def read_rows(
    blocks: tuple[Tensor, ...],
    layout: Layout,
    by_level: list[Tensor],
    image: Tensor,
    prior: Tensor,
    value: Tensor | None,
) -> Float[Tensor, "..."]:
    """Reads what `rows_at` reads, without a gradient.

    Args:
        blocks: Level blocks.
        layout: Theirs.
        by_level: From `pairs_by_level`.
        image: Image of each pair.
        prior: Prior of each pair.
        value: Which number of the row; all if left out.
    """
    first, image_step, value_step = layout.in_block.index_select(0, prior).unbind(1)
    first = torch.addcmul(first, image, image_step)
    first = first if value is None else torch.addcmul(first, value, value_step)
    values = layout.shapes[0][2]
    result = blocks[0].new_empty((len(first),) if value is not None else (len(first), values))
    for block, extent, pairs in zip(blocks, layout.extents, by_level, strict=True):
        if len(pairs) == 0:
            continue
        if value is not None:
            found = block.as_strided((extent,), (1,)).take(first.take(pairs))
        else:
            found = _overlapping_rows(block, extent)[first.take(pairs)]
        result.index_copy_(0, pairs, found)
    return result


def read_sorted(
    blocks: tuple[Tensor, ...],
    layout: Layout,
    per_level: list[int],
    image: Int64[Tensor, "pairs"],
    prior: Int64[Tensor, "pairs"],
    value: Int64[Tensor, "pairs"] | None = None,
) -> Float[Tensor, "..."]:
    """Reads what `rows_at` reads, of pairs that are sorted by level, without a gradient.

    Args:
        blocks: Level blocks.
        layout: Theirs.
        per_level: How many pairs each level has.
        image: Image of each pair.
        prior: Prior of each pair.
        value: Which number of the row; all if left out.
    """
    first, image_step, value_step = layout.in_block.index_select(0, prior).unbind(1)
    first = torch.addcmul(first, image, image_step)
    levels = zip(blocks, layout.extents, strict=True)
    if value is not None:
        parts = first.addcmul_(value, value_step).split_with_sizes(per_level)
        return torch.cat(
            [block.as_strided((extent,), (1,)).take(part) for (block, extent), part in zip(levels, parts, strict=True)]
        )
    rows = blocks[0].new_empty((len(prior), layout.shapes[0][2]))
    parts, results = first.split_with_sizes(per_level), rows.split_with_sizes(per_level)
    for (block, extent), part, result in zip(levels, parts, results, strict=True):
        torch.ops.aten.index.Tensor_out(_overlapping_rows(block, extent), [part], out=result)
    return rows


def _overlapping_rows(block: Tensor, extent: int) -> Tensor:
    """Views a block as one row of values for every place of memory that has enough behind it; an index names places."""
    values, step = block.shape[2], block.stride(2)
    return block.as_strided((extent - (values - 1) * step, values), (1, step))


def pairs_by_level(layout: Layout, prior: Int64[Tensor, "pairs"]) -> list[Tensor]:
    """Gives the positions of the pairs of each level; to sort them is quicker as long as there are few.

    Args:
        layout: Of the level blocks.
        prior: Prior of each pair.
    """
    level, num_levels = layout.level.take(prior), len(layout.shapes)
    if len(level) > _PAIRS_TO_SORT:
        return [(level == number).nonzero().squeeze(1) for number in range(num_levels)]
    counts = level.bincount(minlength=num_levels).tolist()
    return list(level.argsort(stable=True).split(counts))


class Places(NamedTuple):
    """Where pairs stand on one level: their positions in the list, their images and their priors inside the level."""

    pair: Tensor
    image: Tensor
    inside: Tensor


def locate(blocks: Sequence[Tensor], image: Int64[Tensor, "pairs"], prior: Int64[Tensor, "pairs"]) -> list[Places]:
    """Sorts pairs by level.

    Args:
        blocks: Level blocks.
        image: Image of each pair.
        prior: Prior of each pair.
    """
    places, start = [], 0
    for level, block in enumerate(blocks):
        stop = start + block.shape[1] * block.shape[3] * block.shape[4]
        is_here = prior < stop if level < len(blocks) - 1 else prior >= start
        if 0 < level < len(blocks) - 1:
            is_here &= prior >= start
        pair = is_here.nonzero().squeeze(1)
        places.append(Places(pair, image[pair], prior[pair] - start))
        start = stop
    return places


def level_index(block_shape: tuple[int, ...], prior: Int64[Tensor, "pairs"]) -> tuple[Tensor, Tensor, Tensor]:
    """Splits a prior index inside a level into (prior in the cell, row, column).

    Args:
        block_shape: Shape of the level's block.
        prior: Counted from the level's first prior.
    """
    per_cell, width = block_shape[1], block_shape[4]
    cell = prior if per_cell == 1 else prior.div(per_cell, rounding_mode="floor")
    row = cell.div(width, rounding_mode="floor")
    return prior - cell * per_cell, row, cell - row * width


def _dense_block(dense: Tensor, grid: LevelGrid) -> Tensor:
    rows = dense[:, grid.start : grid.stop]
    shape = (grid.height, grid.width, grid.priors_per_cell)
    laid_out: Tensor = rows.unflatten(1, shape)
    return laid_out.permute(0, 3, 4, 1, 2)
