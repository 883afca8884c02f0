"""Names and scores beside boxes, each on a plate of its colour."""

import math
from collections.abc import Sequence
from functools import lru_cache

import cv2
import numpy as np
from jaxtyping import UInt8

from boxwright.lettering.word_picture import line_picture

Image = UInt8[np.ndarray, "_height _width 3"]
Color = tuple[int, int, int]
Rectangle = tuple[int, int, int, int]

_KEPT = 512
"""Plates; of some 20 KB each in a large image."""


def draw_plates(image: Image, boxes: Sequence[Sequence[float]], texts: Sequence[str], colors: Sequence[Color]) -> None:
    """Writes a text beside every box, white on a plate; in the image itself.

    A plate lies above its box, else inside, below or at the right, where it hides the least of the plates before it.

    Args:
        image: Is drawn into.
        boxes: xyxy in pixels, the most important first.
        texts: One line each.
        colors: Of the plates, in the channel order of the image.
    """
    size = round(min(max(min(image.shape[:2]) / 32, 10), 32))
    taken: list[Rectangle] = []
    for box, text, color in zip(boxes, texts, colors, strict=True):
        plate = _plate(text, size, color)[: image.shape[0], : image.shape[1]]
        left, top, right, bottom = _place(box, plate.shape, image.shape, taken)
        image[top:bottom, left:right] = plate
        taken.append((left, top, right, bottom))


@lru_cache(_KEPT)
def _plate(text: str, size: int, color: Color) -> Image:
    """Draws a plate; in a film the same ones come again and again."""
    padding = max(1, size // 6)
    return cv2.LUT(cv2.cvtColor(np.pad(line_picture(text, size), padding), cv2.COLOR_GRAY2RGB), _inks(color)[None])


@lru_cache
def _inks(color: Color) -> UInt8[np.ndarray, "256 3"]:
    """Gives the colour of a pixel by how much of it is letter, of 255."""
    share = np.arange(256)[:, None] / 255
    return np.asarray(np.rint(share * 255 + (1 - share) * np.array(color)), dtype=np.uint8)


def _place(
    box: Sequence[float], plate: tuple[int, ...], image: tuple[int, ...], taken: Sequence[Rectangle]
) -> Rectangle:
    """Finds the place of a plate: the first of those that hide the least."""
    (left, top, right, bottom), (height, width) = box, plate[:2]
    corners = (
        (left, top - height),
        (left, top),
        (left, bottom),
        (right - width, top - height),
        (right - width, bottom),
    )
    least, best = math.inf, (0, 0, width, height)
    for x, y in corners:
        x1 = round(min(max(x, 0), max(0, image[1] - width)))
        y1 = round(min(max(y, 0), max(0, image[0] - height)))
        x2, y2 = x1 + width, y1 + height
        hidden = sum(
            (min(x2, x4) - max(x1, x3)) * (min(y2, y4) - max(y1, y3))
            for x3, y3, x4, y4 in taken
            if x1 < x4 and x3 < x2 and y1 < y4 and y3 < y2
        )
        if hidden < least:
            least, best = hidden, (x1, y1, x2, y2)
        if not hidden:
            break
    return best
