"""Anchors and points under one name."""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int64
from torch import Tensor


@dataclass(frozen=True, slots=True)
class LevelGrid:
    """The regular grid of one pyramid level.

    Prior index = start + (row * width + column) * priors_per_cell + prior in the cell.

    Args:
        height: Rows.
        width: Columns.
        priors_per_cell: Priors at each cell.
        start: Index of the level's first prior.
        stride: Canvas pixels per cell.
    """

    height: int
    width: int
    priors_per_cell: int
    start: int
    stride: int

    @property
    def num_priors(self) -> int:
        """Priors on this level."""
        return self.height * self.width * self.priors_per_cell

    @property
    def stop(self) -> int:
        """One past the level's last prior."""
        return self.start + self.num_priors


@dataclass(frozen=True, slots=True)
class Priors:
    """All priors of a canvas, level by level from the finest, inside a level cell by cell, row by row.

    Args:
        boxes: cxcywh in canvas pixels; a point has width = height = stride.
        stride: Canvas pixels per cell of each prior's level.
        level: Level index of each prior, 0 is the finest.
        grids: One per level.
        canvas_size: Height and width in pixels.
    """

    boxes: Float[Tensor, "priors 4"]
    stride: Float[Tensor, "priors"]
    level: Int64[Tensor, "priors"]
    grids: tuple[LevelGrid, ...]
    canvas_size: tuple[int, int]

    def __len__(self) -> int:
        """Number of priors."""
        return len(self.boxes)

    def to(self, device: torch.device | str) -> "Priors":
        """Moves every tensor to a device."""
        return Priors(
            self.boxes.to(device), self.stride.to(device), self.level.to(device), self.grids, self.canvas_size
        )
