"""Painting one or more samples into a canvas, every source pixel warped once."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from boxwright.data.images import as_pixels, as_tensor
from boxwright.data.transforms.affine_map import Matrix, map_boxes
from boxwright.data.transforms.warp import paint
from boxwright.errors import DataError
from boxwright.geometry.boxes import box_area, clip_boxes
from boxwright.structures import ImageOrigin, Sample

FILL = 114
"""Grey value of the canvas where no image lies."""

_SMALLEST_SIDE = 2.0
_SMALLEST_PART = 0.1
_LARGEST_ASPECT = 100.0


def compose(tiles: Sequence[tuple[Sample, Matrix]], canvas_size: tuple[int, int], origin: ImageOrigin) -> Sample:
    """Paints samples into one canvas, in order, and moves their boxes by the same maps.

    Boxes are clipped to the canvas; what is left of them must be worth learning (see `keep_visible`).

    Args:
        tiles: Samples, each with the map from its pixels to canvas pixels.
        canvas_size: Height and width of the canvas in pixels.
        origin: What the result says about where it came from.
    """
    canvas = np.full((*canvas_size, 3), FILL, np.uint8)
    for sample, matrix in tiles:
        require_no_masks(sample)
        paint(canvas, as_pixels(sample.image), matrix)
    moved = torch.cat([map_boxes(matrix, sample.boxes) for sample, matrix in tiles])
    labels = torch.cat([sample.labels for sample, _ in tiles])
    ignore = torch.cat([sample.ignore for sample, _ in tiles])
    boxes = clip_boxes(moved, canvas_size)
    keep = keep_visible(moved, boxes, ignore)
    return Sample(as_tensor(canvas), boxes[keep], labels[keep], ignore[keep], origin)


def keep_visible(
    whole: Float[Tensor, "targets 4"], clipped: Float[Tensor, "targets 4"], ignore: Bool[Tensor, "targets"]
) -> Bool[Tensor, "targets"]:
    """Says which boxes are still worth learning after clipping.

    Both sides over 2 pixels, more than a tenth of the area left, and an aspect ratio under 100. An ignored region
    stays as long as anything of it is visible, since even a small part of it is not background.

    Source: the filter that goes with mosaic in the published YOLO training recipes.

    Args:
        whole: xyxy in canvas pixels before clipping.
        clipped: The same boxes after clipping.
        ignore: Which of them are ignored regions.
    """
    sides = clipped[:, 2:] - clipped[:, :2]
    shortest, longest = sides.amin(dim=1), sides.amax(dim=1)
    is_large = shortest > _SMALLEST_SIDE
    is_whole = box_area(clipped) > _SMALLEST_PART * box_area(whole)
    is_compact = longest < _LARGEST_ASPECT * shortest
    return torch.where(ignore, shortest > 0, is_large & is_whole & is_compact)


def require_no_masks(sample: Sample) -> None:
    """Raises if a sample has instance masks, which the transforms do not move yet.

    Args:
        sample: The sample that is about to be changed.

    Raises:
        DataError: It has masks.
    """
    if sample.masks is not None:
        raise DataError(f"{sample.origin.name} has instance masks, which cannot be augmented yet. Leave them out.")
