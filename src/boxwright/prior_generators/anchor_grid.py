"""Anchors: several boxes of fixed sizes at every cell of every level."""

from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from boxwright.errors import ConfigError, counted
from boxwright.geometry.frozen import exact_device, frozen
from boxwright.prior_generators.cell_places import cell_places
from boxwright.structures.priors import LevelGrid, Priors

LevelAnchors = tuple[tuple[float, float], ...]
"""Width and height in pixels of the anchors of one level."""


@dataclass(frozen=True, slots=True)
class AnchorGrid:
    """Puts the anchors of a level at every cell of it.

    A level has ceil(side / stride) cells along each side, as a convolutional pyramid makes them. Priors of a level
    are ordered by row, column, anchor. The priors of a canvas are built once and kept.

    With `centre` ½ an anchor stands on the middle of its cell. YOLOv5 counts offsets from the cell's corner, as
    2σ − ½; from the middle the same offset is 2σ − 1, so that coder and ignored regions need no corner. Systems whose
    anchors stand on the corner have `centre` 0.

    Cells are a stride apart, or with `is_fitted`, as in torchvision, floor(side / cells) pixels, for each side of the
    canvas on its own. The two differ where a side is no multiple of the stride.

    Source: Faster R-CNN, Ren et al. 2015, sec. 3.1.1.

    Args:
        anchors: Per level, width and height of each anchor in canvas pixels.
        strides: Canvas pixels per cell of each level, finest first.
        centre: Where in its cell an anchor stands, as a share of the stride along both sides, 0 to 1.
        is_fitted: Whether the distance of cells is fitted to the canvas.

    Raises:
        ConfigError: Levels and strides differ in number, a level has no anchor, or an anchor has no size.
    """

    anchors: tuple[LevelAnchors, ...]
    strides: tuple[int, ...] = (8, 16, 32)
    centre: float = 0.5
    is_fitted: bool = False

    def __post_init__(self) -> None:
        """Checks the anchors."""
        for name in ("anchors", "strides"):
            object.__setattr__(self, name, frozen(getattr(self, name)))
        if len(self.anchors) != len(self.strides):
            raise ConfigError(
                f"Anchors are given for {counted(len(self.anchors), 'level')}, strides for {len(self.strides)}. Give "
                "every level "
                "both."
            )
        for level, sizes in enumerate(self.anchors):
            if not sizes or any(len(size) != 2 or min(size) <= 0 for size in sizes):
                raise ConfigError(
                    f"The anchors of level {level} are {sizes}. Give at least one (width, height) above 0, in pixels."
                )
        if not 0 <= self.centre <= 1:
            raise ConfigError(f"centre is a share of the cell, 0 to 1; found {self.centre}.")

    def __call__(self, canvas_size: tuple[int, int], device: torch.device | str = "cpu") -> Priors:
        """Builds the anchors of a canvas, cxcywh in pixels.

        Args:
            canvas_size: Height and width in pixels.
            device: Where the tensors go.
        """
        return _anchor_grid(self, tuple(canvas_size), exact_device(device))

    def level_boxes(self, level: int, cells: tuple[int, int], canvas_size: tuple[int, int]) -> Tensor:
        """Gives the anchors of one level, `priors 4`; sizes may be symbols, while a network is exported.

        Args:
            level: Index, finest first.
            cells: Rows and columns.
            canvas_size: Height and width in pixels.
        """
        sizes = self.anchors[level]
        centres = cell_places(cells, self.step(level, cells, canvas_size), self.centre).unsqueeze(1)
        shape = (cells[0] * cells[1], len(sizes), 2)
        return torch.cat((centres.expand(shape), torch.tensor(sizes).float().expand(shape)), dim=2).flatten(0, 1)

    def step(self, level: int, cells: tuple[int, int], canvas_size: tuple[int, int]) -> tuple[int, int]:
        """Gives the distance of cells along x and y, in pixels.

        Args:
            level: Index, finest first.
            cells: Rows and columns.
            canvas_size: Height and width in pixels.
        """
        if not self.is_fitted:
            return self.strides[level], self.strides[level]
        return canvas_size[1] // cells[1], canvas_size[0] // cells[0]


@lru_cache(maxsize=64)
@torch.inference_mode(False)  # what is kept must also serve a later training step
def _anchor_grid(anchors: AnchorGrid, canvas_size: tuple[int, int], device: torch.device) -> Priors:
    boxes, grids, start = [], [], 0
    for index, (stride, sizes) in enumerate(zip(anchors.strides, anchors.anchors, strict=True)):
        height, width = (-(-side // stride) for side in canvas_size)
        step = anchors.step(index, (height, width), canvas_size)
        grids.append(LevelGrid(height, width, len(sizes), start, stride, step, anchors.centre))
        start = grids[-1].stop
        boxes.append(anchors.level_boxes(index, (height, width), canvas_size))
    counts = torch.tensor([grid.num_priors for grid in grids])
    level = torch.arange(len(grids)).repeat_interleave(counts)
    stride_of = torch.tensor(anchors.strides, dtype=torch.float32)[level]
    return Priors(torch.cat(boxes), stride_of, level, tuple(grids), canvas_size).to(device)
