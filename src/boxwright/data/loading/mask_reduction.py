"""Bringing masks to the stride at which they are learned."""

import cv2
import numpy as np
import torch

from boxwright.errors import ConfigError
from boxwright.structures import InstanceMasks

_HALF = 0.5 - 1e-6


def reduce_masks(masks: InstanceMasks, stride: int) -> InstanceMasks:
    """Reduces masks to one pixel per `stride` × `stride` pixels.

    A mask pixel is inside if at least half of its pixels are, so areas stay what they are on average. A mask of which
    no pixel reaches one half keeps the fullest one (the first of them by rows): no object becomes "nothing there".

    Source: our choice, see docs/decisions/0011; the published trainer reads the middle two of four pixels instead.

    Args:
        masks: At stride 1.
        stride: 1 or more. The frame is continued with outside pixels where its sides are not a multiple of it.

    Raises:
        ConfigError: The stride is below 1, or the masks are reduced already.
    """
    if stride < 1 or masks.stride != 1:
        raise ConfigError(f"Masks are reduced once, by 1 or more; found {stride} for masks at stride {masks.stride}.")
    if stride == 1:
        return masks
    size = (-(-masks.size[0] // stride), -(-masks.size[1] // stride))
    windows = masks.windows.numpy()
    low, high = windows[:, :2] // stride, -(-windows[:, 2:] // stride)
    before = (windows[:, :2] - low * stride).tolist()
    cells = (high - low).tolist()
    reduced, found = [], np.zeros_like(windows)
    for row, crop in enumerate(masks.crops()):
        mask = np.zeros((0, 0), np.uint8)
        if crop.numel():
            mask = _reduced(crop.numpy(), before[row], cells[row], stride)
            left, top, width, height = cv2.boundingRect(mask)
            mask = mask[top : top + height, left : left + width]
            x, y = int(low[row, 0]) + left, int(low[row, 1]) + top
            found[row] = (x, y, x + width, y + height)
        reduced.append(torch.from_numpy(mask.view(np.bool_)))
    return InstanceMasks.from_crops(torch.from_numpy(found), reduced, size, stride)


def _reduced(crop: np.ndarray, before: list[int], cells: list[int], stride: int) -> np.ndarray:
    """Reduces one mask whose first pixel lies `before` (x, y) pixels after the edge of a cell."""
    aligned = np.zeros((cells[1] * stride, cells[0] * stride), np.float32)
    aligned[before[1] : before[1] + crop.shape[0], before[0] : before[0] + crop.shape[1]] = crop
    share = np.asarray(cv2.resize(aligned, (cells[0], cells[1]), interpolation=cv2.INTER_AREA))
    mask = np.asarray(share >= _HALF).view(np.uint8)
    if not mask.any():
        mask.reshape(-1)[share.argmax()] = 1
    return mask
