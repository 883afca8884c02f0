"""Painting masks into images."""

from collections.abc import Sequence

import cv2
import numpy as np
from jaxtyping import UInt8

from boxwright.structures import InstanceMasks

Image = UInt8[np.ndarray, "_height _width 3"]
Color = tuple[int, int, int]

_OPACITY = 0.4
_NEIGHBOURS = np.ones((3, 3), np.uint8)


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
        inside = np.pad(crop.cpu().numpy().view(np.uint8), 1)
        core = cv2.erode(inside, _NEIGHBOURS, borderType=cv2.BORDER_CONSTANT)[1:-1, 1:-1]
        part = painted[y1:y2, x1:x2]
        tinted = cv2.LUT(part, _tints(color))
        part[np.not_equal(inside[1:-1, 1:-1], core)] = color
        cv2.copyTo(tinted, core, part)
    return painted


def _tints(color: Color) -> UInt8[np.ndarray, "1 256 3"]:
    """Gives what becomes of every value of a pixel under a mask."""
    values = np.arange(256)[None, :, None]
    return np.asarray(np.rint(values * (1 - _OPACITY) + np.array(color) * _OPACITY), dtype=np.uint8)
