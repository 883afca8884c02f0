"""Default boxes: several boxes at every cell of every level, whose sizes are shares of the canvas."""

import math
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from boxwright.errors import ConfigError, counted
from boxwright.geometry.frozen import exact_device, frozen
from boxwright.prior_generators.cell_places import cell_places
from boxwright.structures.priors import LevelGrid, Priors

LevelSizes = tuple[tuple[float, float], ...]
"""Width and height of the default boxes of one level, as shares of the canvas."""


def paired_sizes(scales: tuple[float, ...], ratios: tuple[tuple[float, ...], ...]) -> tuple[LevelSizes, ...]:
    """Gives the sizes of SSD: per level two squares, and a wide and a tall box for every further ratio.

    In this order: s × s, √(s · s') × √(s · s') with s' the scale of the next level, then for every ratio r the boxes
    s√r × s/√r and s/√r × s√r.

    Source: SSD, Liu et al. 2016, sec. 2.2.

    Args:
        scales: One per level, and one more for the second square of the last.
        ratios: Per level, width over height of the boxes that are no squares.

    Raises:
        ConfigError: There is not one scale more than there are levels.
    """
    if len(scales) != len(ratios) + 1:
        raise ConfigError(
            f"For {counted(len(ratios), 'level')} give {len(ratios) + 1} scales, the last for the second square of "
            "the last level; "
            f"found {len(scales)}."
        )
    levels = []
    for scale, following, extra in zip(scales[:-1], scales[1:], ratios, strict=True):
        between = math.sqrt(scale * following)
        sizes = [(scale, scale), (between, between)]
        for ratio in extra:
            long, short = scale * math.sqrt(ratio), scale / math.sqrt(ratio)
            sizes += [(long, short), (short, long)]
        levels.append(tuple(sizes))
    return tuple(levels)


def crossed_sizes(scales: tuple[float, ...], ratios: tuple[float, ...]) -> LevelSizes:
    """Gives s√r × s/√r for every scale s and, inside a scale, for every ratio r of width over height.

    Args:
        scales: Side of the square, as a share of the canvas.
        ratios: Width over height.
    """
    return tuple((scale * math.sqrt(ratio), scale / math.sqrt(ratio)) for scale in scales for ratio in ratios)


@dataclass(frozen=True, slots=True)
class DefaultBoxes:
    """Puts default boxes in the middle of every cell of every level.

    A level has ceil(side / stride) cells along each side. Priors of a level are ordered by row, column, box. Widths
    are shares of the width of the canvas and heights of its height, so on a canvas that is not square a "square" is
    none. Corners may lie outside the canvas. The priors of a canvas are built once and kept.

    Source: SSD, Liu et al. 2016, sec. 2.2.

    Args:
        sizes: Per level, width and height of each box as shares of the canvas; see `paired_sizes`, `crossed_sizes`.
        strides: Canvas pixels per cell of each level, finest first.
        clip: Whether a box is at most as wide and as high as the canvas.

    Raises:
        ConfigError: Sizes and strides differ in number, a level has no box, or a box has no size.
    """

    sizes: tuple[LevelSizes, ...]
    strides: tuple[int, ...]
    clip: bool = True

    def __post_init__(self) -> None:
        """Checks the sizes."""
        for name in ("sizes", "strides"):
            object.__setattr__(self, name, frozen(getattr(self, name)))
        if len(self.sizes) != len(self.strides):
            raise ConfigError(
                f"Sizes are given for {counted(len(self.sizes), 'level')}, strides for {len(self.strides)}. Give "
                "every level both."
            )
        for level, sizes in enumerate(self.sizes):
            if not sizes or any(len(size) != 2 or min(size) <= 0 for size in sizes):
                raise ConfigError(
                    f"The default boxes of level {level} are {sizes}. Give at least one (width, height) above 0, as "
                    "shares of the canvas."
                )

    def __call__(self, canvas_size: tuple[int, int], device: torch.device | str = "cpu") -> Priors:
        """Builds the default boxes of a canvas, cxcywh in pixels.

        Args:
            canvas_size: Height and width in pixels.
            device: Where the tensors go.
        """
        return _default_boxes(self, tuple(canvas_size), exact_device(device))

    def level_boxes(self, level: int, cells: tuple[int, int], canvas_size: tuple[int, int]) -> Tensor:
        """Gives the default boxes of one level, `priors 4`; sizes may be symbols, while a network is exported.

        Args:
            level: Index, finest first.
            cells: Rows and columns.
            canvas_size: Height and width in pixels.
        """
        stride, share = self.strides[level], torch.tensor(self.sizes[level], dtype=torch.float64)
        share = share.clamp(max=1) if self.clip else share
        sizes = torch.stack([share[:, axis] * side for axis, side in enumerate(canvas_size[::-1])], dim=1)
        centres = cell_places(cells, (stride, stride), 0.5, dtype=torch.float64).unsqueeze(1)
        shape = (cells[0] * cells[1], len(share), 2)
        return torch.cat((centres.expand(shape), sizes.expand(shape)), dim=2).flatten(0, 1).float()


@lru_cache(maxsize=64)
@torch.inference_mode(False)  # what is kept must also serve a later training step
def _default_boxes(boxes: DefaultBoxes, canvas_size: tuple[int, int], device: torch.device) -> Priors:
    levels, grids, start = [], [], 0
    for index, (stride, shares) in enumerate(zip(boxes.strides, boxes.sizes, strict=True)):
        height, width = (-(-side // stride) for side in canvas_size)
        grids.append(LevelGrid(height, width, len(shares), start, stride))
        start = grids[-1].stop
        levels.append(boxes.level_boxes(index, (height, width), canvas_size))
    counts = torch.tensor([grid.num_priors for grid in grids])
    level = torch.arange(len(grids)).repeat_interleave(counts)
    stride_of = torch.tensor(boxes.strides, dtype=torch.float32)[level]
    return Priors(torch.cat(levels), stride_of, level, tuple(grids), canvas_size).to(device)


DEFAULT_BOXES: dict[str, DefaultBoxes] = {
    "ssd_tiny": DefaultBoxes((crossed_sizes((0.2, 0.4, 0.6), (1.0, 2.0, 0.5)),), (32,)),
    "ssd300": DefaultBoxes(
        paired_sizes(
            (0.07, 0.15, 0.33, 0.51, 0.69, 0.87, 1.05),
            ((2.0,), (2.0, 3.0), (2.0, 3.0), (2.0, 3.0), (2.0,), (2.0,)),
        ),
        (8, 16, 32, 64, 100, 300),
    ),
}
"""The 441 boxes of the tiny detector on a canvas of 224 × 224, and the 8732 of SSD300 on one of 300 × 300."""
