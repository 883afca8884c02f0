"""Painting one or more samples into a canvas, every source pixel warped once."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from boxwright.data.images.reading import as_pixels, as_tensor
from boxwright.data.transforms.affine_map import Matrix, map_boxes
from boxwright.data.transforms.mask_warp import warp_masks
from boxwright.data.transforms.tracing import traces
from boxwright.data.transforms.warp import paint
from boxwright.errors import DataError
from boxwright.geometry.boxes import box_area, clip_boxes
from boxwright.structures import ImageOrigin, InstanceMasks, Sample

FILL = 114
"""Grey value of the canvas where no image lies."""

SMALLEST_SIDE = 2.0
"""Canvas pixels of the shorter side of a box that is worth learning."""

_SMALLEST_PART = 0.1
_LARGEST_ASPECT = 100.0
_LEAST_AREA = 1e-9  # pixels


def compose(tiles: Sequence[tuple[Sample, Matrix]], canvas_size: tuple[int, int], origin: ImageOrigin) -> Sample:
    """Paints samples into one canvas, in order, and moves their boxes and masks by the same maps.

    Boxes are clipped to the canvas, and fitted to what is left of their masks; it must be worth learning (see
    `keep_visible`).

    Args:
        tiles: Samples, each with the map from its pixels to canvas pixels.
        canvas_size: Height and width of the canvas in pixels.
        origin: What the result says about where it came from.
    """
    canvas = np.full((*canvas_size, 3), FILL, np.uint8)
    for sample, matrix in tiles:
        paint(canvas, as_pixels(sample.image), matrix)
    moved = torch.cat([map_boxes(matrix, sample.boxes) for sample, matrix in tiles])
    labels = torch.cat([sample.labels for sample, _ in tiles])
    ignore = torch.cat([sample.ignore for sample, _ in tiles])
    boxes, masks, share = clip_boxes(moved, canvas_size), None, None
    if any(sample.masks is not None for sample, _ in tiles):
        masks, share = _compose_masks(tiles, canvas_size)
        boxes = fit_to_masks(boxes, masks)
    keep = keep_visible(moved, boxes, ignore, share)
    kept = None if masks is None else masks.rows(keep)
    annotation = traces([sample for sample, _ in tiles])
    traced = None if annotation is None else annotation[keep]
    return Sample(as_tensor(canvas), boxes[keep], labels[keep], ignore[keep], origin, kept, traced)


def fit_to_masks(boxes: Float[Tensor, "targets 4"], masks: InstanceMasks) -> Float[Tensor, "targets 4"]:
    """Moves the sides of boxes to those of their masks.

    A side that is within a pixel of its mask stays, since it may know a fraction of a pixel where masks know whole
    ones only; so does the box of an empty mask.

    Args:
        boxes: xyxy in pixels.
        masks: One per box, at stride 1.
    """
    exact = masks.boxes
    is_filled = (masks.windows[:, 2] > masks.windows[:, 0])[:, None]
    return torch.where(is_filled & ((exact - boxes).abs() > 1), exact, boxes)


def _compose_masks(
    tiles: Sequence[tuple[Sample, Matrix]], canvas_size: tuple[int, int]
) -> tuple[InstanceMasks, Float[Tensor, "targets"]]:
    """Moves the masks of all samples; gives the share of each that is still visible too."""
    moved, shares = [], []
    for sample, matrix in tiles:
        if sample.masks is None:
            raise DataError(f"{sample.origin.name} has no masks, its neighbours do. Open all data with masks, or none.")
        masks = warp_masks(sample.masks, matrix, canvas_size)
        enlarging = abs(float(np.linalg.det(matrix[:2, :2])))
        shares.append(masks.areas / (sample.masks.areas * enlarging).clamp(min=_LEAST_AREA))
        moved.append(masks)
    return InstanceMasks.concatenate(moved), torch.cat(shares)


def keep_visible(
    whole: Float[Tensor, "targets 4"],
    clipped: Float[Tensor, "targets 4"],
    ignore: Bool[Tensor, "targets"],
    share: Float[Tensor, "targets"] | None = None,
) -> Bool[Tensor, "targets"]:
    """Says which boxes are still worth learning after clipping.

    Both sides over 2 pixels, more than a tenth of the area left (of the mask where there is one, else of the box),
    and an aspect ratio under 100. An ignored region stays as long as anything of it is visible, since even a small
    part of it is not background.

    Source: the filter that goes with mosaic in the published YOLO training recipes.

    Args:
        whole: xyxy in canvas pixels before clipping.
        clipped: The same boxes after clipping.
        ignore: Which of them are ignored regions.
        share: Share of the area of each mask that is left.
    """
    sides = clipped[:, 2:] - clipped[:, :2]
    shortest, longest = sides.amin(dim=1), sides.amax(dim=1)
    is_large = shortest > SMALLEST_SIDE
    is_whole = box_area(clipped) > _SMALLEST_PART * box_area(whole) if share is None else share > _SMALLEST_PART
    is_compact = longest < _LARGEST_ASPECT * shortest
    return torch.where(ignore, shortest > 0, is_large & is_whole & is_compact)
