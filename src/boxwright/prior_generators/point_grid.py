"""Anchor-free points: the centre of every cell of every level."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from boxwright.errors import ConfigError
from boxwright.geometry.frozen import exact_device, frozen
from boxwright.prior_generators.cell_places import cell_places
from boxwright.structures.priors import LevelGrid, Priors


@dataclass(frozen=True, slots=True)
class PointGrid:
    """Puts one point at the centre of every cell.

    A level has ceil(side / stride) cells along each side, as a convolutional pyramid makes them. The priors of a
    canvas are built once and kept.

    Source: FCOS, Tian et al. 2019, sec. 3.1; YOLOv8 uses the same points.

    Args:
        strides: Canvas pixels per cell of each level, finest first.

    Raises:
        ConfigError: There is no stride, or one below 1.
    """

    strides: Sequence[int] = (8, 16, 32)

    def __post_init__(self) -> None:
        """Checks the strides."""
        object.__setattr__(self, "strides", frozen(self.strides))
        if not self.strides or any(stride < 1 for stride in self.strides):
            raise ConfigError(f"strides must be numbers of at least 1, finest level first; found {self.strides}.")

    def __call__(self, canvas_size: tuple[int, int], device: torch.device | str = "cpu") -> Priors:
        """Builds the points of a canvas, cxcywh in pixels with width = height = stride.

        Args:
            canvas_size: Height and width in pixels.
            device: Where the tensors go.
        """
        return _point_grid(self, tuple(canvas_size), exact_device(device))

    def level_boxes(self, level: int, cells: tuple[int, int], canvas_size: tuple[int, int]) -> Tensor:
        """Gives the points of one level, `priors 4`; sizes may be symbols, while a network is exported.

        Args:
            level: Index, finest first.
            cells: Rows and columns.
            canvas_size: Height and width in pixels, which points do not need.
        """
        del canvas_size
        stride = self.strides[level]
        centres = cell_places(cells, (stride, stride), 0.5)
        return torch.cat((centres, torch.full_like(centres, stride)), dim=1)


@lru_cache(maxsize=64)
@torch.inference_mode(False)  # what is kept must also serve a later training step
def _point_grid(points: PointGrid, canvas_size: tuple[int, int], device: torch.device) -> Priors:
    strides = tuple(points.strides)
    boxes, grids, start = [], [], 0
    for index, stride in enumerate(strides):
        height, width = (-(-side // stride) for side in canvas_size)
        grids.append(LevelGrid(height, width, 1, start, stride))
        start = grids[-1].stop
        boxes.append(points.level_boxes(index, (height, width), canvas_size))
    counts = torch.tensor([grid.num_priors for grid in grids])
    level = torch.arange(len(strides)).repeat_interleave(counts)
    stride_of = torch.tensor(strides, dtype=torch.float32)[level]
    return Priors(torch.cat(boxes), stride_of, level, tuple(grids), canvas_size).to(device)
