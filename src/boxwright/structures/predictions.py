"""The raw output of a head, level by level, as the head made it."""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from boxwright.errors import ShapeError
from boxwright.structures.priors import LevelGrid, Priors

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
    """

    class_logits: tuple[LevelBlock, ...]
    box_codes: tuple[LevelBlock, ...]
    objectness_logits: tuple[LevelBlock, ...] | None = None

    @classmethod
    def from_dense(
        cls,
        class_logits: Float[Tensor, "batch priors classes"],
        box_codes: Float[Tensor, "batch priors code"],
        priors: Priors,
    ) -> "Predictions":
        """Views dense arrays of a foreign network as level blocks, without copying.

        Args:
            class_logits: Logits in prior order.
            box_codes: Codes in prior order.
            priors: The priors that the rows belong to.

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
        )

    @property
    def batch_size(self) -> int:
        """Number of images."""
        return self.class_logits[0].shape[0]

    @property
    def num_classes(self) -> int:
        """Number of class logits per prior."""
        return self.class_logits[0].shape[2]

    @property
    def num_priors(self) -> int:
        """Number of priors over all levels."""
        return sum(block.shape[1] * block.shape[3] * block.shape[4] for block in self.class_logits)

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
        """Reads class logits of (image, prior) pairs: of one label each (`pairs`), or all (`pairs classes`)."""
        return rows_at(self.class_logits, image, prior, label)


def rows_at(
    blocks: tuple[Tensor, ...],
    image: Int64[Tensor, "pairs"],
    prior: Int64[Tensor, "pairs"],
    value: Int64[Tensor, "pairs"] | None = None,
) -> Float[Tensor, "..."]:
    """Reads rows (or with `value` single numbers) of level blocks at (image, prior) pairs, in the order given.

    Differentiable; the cost follows the pairs.
    """
    if len(blocks) == 1:
        return _read(blocks[0], image, prior, value)
    parts, places = [], []
    start = 0
    for block in blocks:
        stop = start + block.shape[1] * block.shape[3] * block.shape[4]
        place = ((prior >= start) & (prior < stop)).nonzero().squeeze(1)
        part_value = None if value is None else value[place]
        parts.append(_read(block, image[place], prior[place] - start, part_value))
        places.append(place)
        start = stop
    order = torch.cat(places)
    inverse = torch.empty_like(order)
    inverse[order] = torch.arange(len(order), device=order.device)
    return torch.cat(parts).index_select(0, inverse)


def level_index(block_shape: tuple[int, ...], prior: Int64[Tensor, "pairs"]) -> tuple[Tensor, Tensor, Tensor]:
    """Splits a prior index inside a level into (prior in the cell, row, column)."""
    per_cell, width = block_shape[1], block_shape[4]
    cell = prior if per_cell == 1 else prior.div(per_cell, rounding_mode="floor")
    row = cell.div(width, rounding_mode="floor")
    return prior - cell * per_cell, row, cell - row * width


def _read(block: Tensor, image: Tensor, prior: Tensor, value: Tensor | None) -> Tensor:
    slot, row, column = level_index(block.shape, prior)
    values: slice | Tensor = slice(None) if value is None else value
    result: Tensor = block[image, slot, values, row, column]
    return result


def _dense_block(dense: Tensor, grid: LevelGrid) -> Tensor:
    rows = dense[:, grid.start : grid.stop]
    shape = (grid.height, grid.width, grid.priors_per_cell)
    laid_out: Tensor = rows.unflatten(1, shape)
    return laid_out.permute(0, 3, 4, 1, 2)
