"""What makes a box usable, the same for every format."""

import math
from operator import sub

Corners = tuple[float, float, float, float]

EDGE_TOLERANCE = 0.01
"""Pixels; what is computed in floating point may pass the edge by a hair."""


class UnsoundError(Exception):
    """An entry is not usable.

    Args:
        code: Kind of fault.
        message: What is wrong and what was found.
        cure: What to do, if not what the kind says.
    """

    def __init__(self, code: str, message: str, cure: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.cure = code, message, cure


def sound_box(corners: Corners, size: tuple[int, int], shown: object) -> tuple[Corners, bool]:
    """Clips a box to its image.

    Args:
        corners: xyxy in pixels.
        size: Height and width of the image.
        shown: What says which image, and the box as it is written in the file, for the message.

    Returns:
        The box, and whether clipping changed it by more than rounding.

    Raises:
        UnsoundError: The box is not finite, has no area, or lies outside.
    """
    left, top, right, bottom = corners
    if not math.isfinite(left + top + right + bottom):
        raise UnsoundError("box-not-numbers", f"{shown} must be four finite numbers")
    if right <= left or bottom <= top:
        raise UnsoundError("box-empty", f"{shown} needs a width and a height over 0")
    height, width = size
    kept = (max(left, 0.0), max(top, 0.0), min(right, float(width)), min(bottom, float(height)))
    if kept[0] >= kept[2] or kept[1] >= kept[3]:
        raise UnsoundError("box-outside", f"{shown} lies outside the {width}×{height} image")
    return kept, kept != corners and max(map(abs, map(sub, kept, corners))) > EDGE_TOLERANCE
