"""Anchors and points under one name."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from boxwright.errors import ShapeError

Derived = TypeVar("Derived")


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
        step: Pixels from one prior to that of the next cell, along x and y; the stride if left out.
        centre: Where in its cell a prior stands, as a share of the step: at (column + centre) · step.
    """

    height: int
    width: int
    priors_per_cell: int
    start: int
    stride: int
    step: tuple[int, int] | None = None
    centre: float = 0.5

    @property
    def steps(self) -> tuple[int, int]:
        """Pixels from one prior to that of the next cell, along x and y."""
        return (self.stride, self.stride) if self.step is None else self.step

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

    Raises:
        ShapeError: Columns differ in length, or the grids do not describe as many priors.
    """

    boxes: Float[Tensor, "priors 4"]
    stride: Float[Tensor, "priors"]
    level: Int64[Tensor, "priors"]
    grids: tuple[LevelGrid, ...]
    canvas_size: tuple[int, int]
    _derived: dict[Any, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Checks that the columns and the grids belong together."""
        found = [len(self.boxes), len(self.stride), len(self.level), sum(grid.num_priors for grid in self.grids)]
        if len(set(found)) > 1:
            raise ShapeError(
                f"Priors of the canvas {self.canvas_size} need one row per prior; boxes, stride, level and grids have "
                f"{found}. Build them with a prior generator, or give every level its grid."
            )

    def __len__(self) -> int:
        """Number of priors."""
        return self.boxes.shape[0]

    def derived(self, make: Callable[["Priors"], Derived]) -> Derived:
        """Gives what a function makes of the priors; it is made once and kept with them.

        Args:
            make: A function that will always give the same, such as one at the top of a module.
        """
        if make not in self._derived:
            with torch.inference_mode(False), torch.no_grad():  # what is kept must also serve a later training step
                self._derived[make] = make(self)
        kept: Derived = self._derived[make]
        return kept

    def rows(self, prior: Int64[Tensor, "pairs"] | None = None) -> Float[Tensor, "pairs 5"]:
        """Gives what a coder reads of some priors, or of all: cxcywh and stride, all in canvas pixels."""
        rows = self.derived(_with_stride)
        return rows if prior is None else rows.index_select(0, prior)

    def to(self, device: torch.device | str) -> "Priors":
        """Moves every tensor to a device."""
        return Priors(
            self.boxes.to(device), self.stride.to(device), self.level.to(device), self.grids, self.canvas_size
        )


def _with_stride(priors: Priors) -> Float[Tensor, "priors 5"]:
    return torch.cat((priors.boxes, priors.stride.unsqueeze(1)), dim=1)
