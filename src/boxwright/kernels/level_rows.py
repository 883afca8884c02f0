"""Reading rows of level blocks at pairs of image and prior, at a cost that follows the pairs."""

from typing import Any

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from boxwright.kernels.choice import takes_reference
from boxwright.kernels.layout import Layout, layout_of
from boxwright.structures.level_blocks import join_levels
from boxwright.structures.requirement import check_labels

_ADDRESSES_AT_ONCE = 1 << 18
_NUMBERS_TO_JOIN = 1 << 16  # up to which it is quicker to copy all levels into one buffer than to read level by level
_PAIRS_TO_SORT = 1 << 10


def rows_at(
    blocks: tuple[Tensor, ...],
    image: Int64[Tensor, "pairs"],
    prior: Int64[Tensor, "pairs"],
    value: Int64[Tensor, "pairs"] | None = None,
) -> Float[Tensor, "..."]:
    """Reads rows (or with `value` single numbers) of level blocks at (image, prior) pairs, in the order given.

    Law: what indexing `join_levels(blocks)` gives, and its gradient. The sparse implementation is differentiable once;
    its cost follows the pairs.

    Args:
        blocks: Level blocks, `batch priors_per_cell values height width`.
        image: Image of each pair.
        prior: Prior of each pair.
        value: Which number of the row; all if left out.
    """
    if takes_reference(blocks[0].device, sum([block.numel() for block in blocks])):
        joined = join_levels(blocks)
        return joined[image, :, prior] if value is None else joined[image, value, prior]
    if value is not None:
        check_labels(value, blocks[0].shape[2])
    rows: Tensor = _ReadRows.apply(image, prior, value, *blocks)
    return rows


class _ReadRows(torch.autograd.Function):
    """Gathers from all levels into one result, and scatters its gradient into one buffer for all levels."""

    @staticmethod
    def forward(ctx: Any, image: Tensor, prior: Tensor, value: Tensor | None, *blocks: Tensor) -> Tensor:
        ctx.layout, ctx.dtype = layout_of(blocks), blocks[0].dtype
        if ctx.layout.array is None and ctx.layout.starts[-1] <= _NUMBERS_TO_JOIN:
            where = ctx.layout.addresses(image, prior, value)
            ctx.save_for_backward(where, None, None, None)
            joined: Tensor = ctx.layout.join(blocks)
            return joined.take(where)
        ctx.save_for_backward(None, image, prior, value)
        return read_rows(blocks, ctx.layout, image, prior, value)

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
    blocks: tuple[Tensor, ...], layout: Layout, image: Tensor, prior: Tensor, value: Tensor | None
) -> Float[Tensor, "..."]:
    """Reads what `rows_at` reads, without a gradient.

    Args:
        blocks: Level blocks.
        layout: Theirs.
        image: Image of each pair.
        prior: Prior of each pair.
        value: Which number of the row; all if left out.
    """
    if layout.array is not None:
        return _read_array(layout.array.behind(blocks), image, prior, value)
    levels = pairs_by_level(layout, prior)
    order, per_level = torch.cat(levels), [len(level) for level in levels]
    some = None if value is None else value.take(order)
    found = read_sorted(blocks, layout, per_level, image.take(order), prior.take(order), some)
    return torch.empty_like(found).index_copy_(0, order, found)


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
    if layout.array is not None:
        return _read_array(layout.array.behind(blocks), image, prior, value)
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


def _read_array(array: Tensor, image: Tensor, prior: Tensor, value: Tensor | None) -> Tensor:
    return array[image, prior] if value is None else array[image, prior, value]


def _overlapping_rows(block: Tensor, extent: int) -> Tensor:
    """Views a block as one row of values for every place of memory that has enough behind it; an index names places."""
    values, step = block.shape[2], block.stride(2)
    return block.as_strided((max(0, extent - (values - 1) * step), values), (1, step))


def pairs_by_level(layout: Layout, prior: Int64[Tensor, "pairs"]) -> list[Tensor]:
    """Gives the positions of the pairs of each level; to sort them is quicker as long as there are few.

    Args:
        layout: Of the level blocks.
        prior: Prior of each pair.
    """
    level = layout.level.take(prior)
    if len(level) <= _PAIRS_TO_SORT:
        return list(level.argsort(stable=True).split(level.bincount(minlength=len(layout.shapes)).tolist()))
    return [(level == number).nonzero().squeeze(1) for number in range(len(layout.shapes))]
