"""Painting masks into images."""

from collections.abc import Sequence

import cv2
import numpy as np
from jaxtyping import UInt8

from boxwright.structures import InstanceMasks

Image = UInt8[np.ndarray, "_height _width 3"]
Color = tuple[int, int, int]

_OPACITY = 0.4


def paint_masks(image: Image, masks: InstanceMasks, colors: Sequence[Color]) -> Image:
    """Tints the pixels of every mask, and draws its outline in full colour, so that neighbours can be told apart.

    Args:
        image: Of the size of the frame of the masks.
        masks: At stride 1.
        colors: One per mask, in the channel order of the image.

    Returns:
        A new image.
    """
    painted = image.copy()
    for crop, (x1, y1, x2, y2), color in zip(masks.crops(), masks.windows.tolist(), colors, strict=True):
        if not crop.numel():
            continue
        inside = np.pad(crop.cpu().numpy(), 1)
        eroded = cv2.erode(inside.view(np.uint8), np.ones((3, 3), np.uint8), borderType=cv2.BORDER_CONSTANT)
        core = eroded[1:-1, 1:-1].astype(np.bool_)
        part = painted[y1:y2, x1:x2]
        np.copyto(part, cv2.LUT(part, _tints(color)), where=core[..., None])
        np.copyto(part, np.array(color, np.uint8), where=(inside[1:-1, 1:-1] & ~core)[..., None])
    return painted


def _tints(color: Color) -> UInt8[np.ndarray, "1 256 3"]:
    """Gives what becomes of every value of a pixel under a mask."""
    values = np.arange(256)[None, :, None]
    return np.asarray(np.rint(values * (1 - _OPACITY) + np.array(color) * _OPACITY), dtype=np.uint8)
