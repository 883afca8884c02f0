"""Moving instance masks as images are moved."""

import cv2
import numpy as np
import numpy.typing as npt
import torch

from boxwright.data.transforms.affine_map import Matrix, map_points, translation
from boxwright.data.transforms.warp import Pixels, averaged, warp
from boxwright.structures import InstanceMasks

_FULL = 255
_HALF = 128
_SHRINKING = 0.26  # change of area from which on `averaged` has something to do: 1/4 and a hair


def warp_masks(masks: InstanceMasks, matrix: Matrix, canvas_size: tuple[int, int]) -> InstanceMasks:
    """Moves masks into a canvas; what leaves it is cut off, and a mask of which nothing is left becomes empty.

    A canvas pixel is inside where the mask, read between its pixels as the image is, is at least one half. Only the
    window of each mask is warped, so the cost grows with the area of the objects.

    Args:
        masks: At stride 1, in the pixels of an image.
        matrix: From image to canvas coordinates.
        canvas_size: Height and width of the canvas in pixels.
    """
    windows, crops = masks.windows.numpy(), [crop.numpy().view(np.uint8) for crop in masks.crops()]
    corners = windows[:, [0, 1, 2, 1, 0, 3, 2, 3]].reshape(-1, 4, 2).astype(np.float64)
    moved = map_points(matrix, corners)
    limits = (canvas_size[1], canvas_size[0])
    low = np.floor(moved.min(axis=1)).clip(0, limits).astype(np.int64)
    high = np.ceil(moved.max(axis=1)).clip(0, limits).astype(np.int64)
    shrinks = bool(abs(np.linalg.det(matrix[:2, :2])) < _SHRINKING)
    found, pieces = np.zeros_like(windows), []
    for row, crop in enumerate(crops):
        target = (high[row] - low[row]).tolist()
        piece = np.zeros((0, 0), np.uint8)
        if min(target) > 0 and crop.size:
            within = translation(*(-1.0 * low[row])) @ matrix @ translation(*(1.0 * windows[row, :2]))
            found[row], piece = _tight(_warped(crop, within, target, shrinks), low[row])
        pieces.append(torch.from_numpy(piece.view(np.bool_)))
    return InstanceMasks.from_crops(torch.from_numpy(found), pieces, canvas_size)


def mirror_masks(masks: InstanceMasks, axis: int) -> InstanceMasks:
    """Mirrors masks within their frame along x (axis 0) or y (axis 1).

    Args:
        masks: At any stride.
        axis: 0 or 1.
    """
    windows = masks.windows.clone()
    is_filled = (masks.windows[:, 2] > masks.windows[:, 0])[:, None]
    side = masks.size[1 - axis]
    windows[:, axis] = side - masks.windows[:, axis + 2]
    windows[:, axis + 2] = side - masks.windows[:, axis]
    crops = [crop.flip(1 - axis) for crop in masks.crops()]
    return InstanceMasks.from_crops(windows * is_filled, crops, masks.size, masks.stride)


def covered_masks(masks: InstanceMasks, covered: npt.NDArray[np.bool_]) -> InstanceMasks:
    """Takes pixels away from all masks; one of which nothing is left becomes empty.

    Args:
        masks: At any stride.
        covered: `height width` in mask pixels, True where nothing of them is seen any more.
    """
    windows, pieces = np.zeros_like(masks.windows.numpy()), []
    for row, (crop, window) in enumerate(zip(masks.crops(), masks.windows.numpy(), strict=True)):
        left, top, right, bottom = window.tolist()
        seen = crop.numpy() & ~covered[top:bottom, left:right]
        piece = seen.view(np.uint8)
        if crop.numel():
            windows[row], piece = _tight(piece, window[:2])
        pieces.append(torch.from_numpy(piece.view(np.bool_)))
    return InstanceMasks.from_crops(torch.from_numpy(windows), pieces, masks.size, masks.stride)


def _warped(crop: Pixels, matrix: Matrix, target: list[int], shrinks: bool) -> Pixels:
    """Gives 1 where the moved mask is at least one half, in a part of the canvas of width and height `target`."""
    source = crop * np.uint8(_FULL)
    if shrinks:
        source, matrix = averaged(source, matrix)
    canvas = np.empty((target[1], target[0]), np.uint8)
    warp(source, matrix, canvas, cv2.BORDER_CONSTANT)
    return np.asarray(canvas >= _HALF).view(np.uint8)


def _tight(piece: Pixels, corner: np.ndarray) -> tuple[tuple[int, int, int, int], Pixels]:
    """Cuts a mask to the pixels that are inside; gives its window in the canvas too."""
    left, top, width, height = cv2.boundingRect(piece)
    if not width:
        return (0, 0, 0, 0), piece[:0, :0]
    x, y = int(corner[0]) + left, int(corner[1]) + top
    return (x, y, x + width, y + height), piece[top : top + height, left : left + width]
