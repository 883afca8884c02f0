"""Names and scores beside boxes, each on a plate of its colour."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from jaxtyping import Float64, UInt8

from boxwright.lettering.word_picture import line_picture

Image = UInt8[np.ndarray, "_height _width 3"]
Color = tuple[int, int, int]


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
    padding = max(1, size // 6)
    taken = np.zeros((0, 4))
    for box, text, color in zip(boxes, texts, colors, strict=True):
        plate = _plate(line_picture(text, size), padding, color)[: image.shape[0], : image.shape[1]]
        height, width = plate.shape[:2]
        place = _place(box, (height, width), image.shape[:2], taken)
        left, top = (int(side) for side in place[:2])
        image[top : top + height, left : left + width] = plate
        taken = np.concatenate((taken, place[None]))


def _plate(letters: UInt8[np.ndarray, "_rows _columns"], padding: int, color: Color) -> Image:
    shares = np.zeros((letters.shape[0] + 2 * padding, letters.shape[1] + 2 * padding), np.uint8)
    shares[padding:-padding, padding:-padding] = letters
    return _inks(color)[shares]


@lru_cache
def _inks(color: Color) -> UInt8[np.ndarray, "256 3"]:
    """Gives the colour of a pixel by how much of it is letter, of 255."""
    share = np.arange(256)[:, None] / 255
    return np.asarray(np.rint(share * 255 + (1 - share) * np.array(color)), dtype=np.uint8)


def _place(
    box: Sequence[float], plate: tuple[int, int], image: tuple[int, ...], taken: Float64[np.ndarray, "plates 4"]
) -> Float64[np.ndarray, "4"]:
    """Finds the place of a plate: the first of those that hide the least."""
    (left, top, right, bottom), (height, width) = box, plate
    corners = np.array(
        [(left, top - height), (left, top), (left, bottom), (right - width, top - height), (right - width, bottom)]
    )
    corners = np.rint(corners).clip(0, (max(0, image[1] - width), max(0, image[0] - height)))
    places = np.concatenate((corners, corners + np.array((width, height))), axis=1)
    low = np.maximum(places[:, None, :2], taken[None, :, :2])
    high = np.minimum(places[:, None, 2:], taken[None, :, 2:])
    hidden = (high - low).clip(0).prod(axis=2).sum(axis=1)
    return np.asarray(places[int(hidden.argmin())])
