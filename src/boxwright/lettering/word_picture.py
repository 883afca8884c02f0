"""Words as small grey pictures, made once."""

from functools import lru_cache

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageDraw

from boxwright.lettering.pillow_font import AnyLetterFont

_KEPT = 4096
Grey = UInt8[np.ndarray, "height width"]


@lru_cache(_KEPT)
def word_picture(word: str, size: int) -> Grey:
    """Draws one line of text, as wide as it is and as high as every line of this size; 255 where there is letter.

    Args:
        word: Without spaces it is likely to come again.
        size: Of the font, in pixels.
    """
    font = AnyLetterFont(size)
    left, _, right, _ = font.getbbox(word)
    page = Image.new("L", (max(1, right - left), line_height(size)))
    ImageDraw.Draw(page).text((-left, size), word, fill=255, font=font, anchor="ls")
    return np.asarray(page)


def line_height(size: int) -> int:
    """Gives how high a line is, from the top of its highest letters to the bottom of its lowest.

    Args:
        size: Of the font, in pixels.
    """
    return size + max(2, round(0.3 * size))


def line_picture(text: str, size: int) -> Grey:
    """Puts a line together from its words.

    Args:
        text: Is written from left to right, word by word.
        size: Of the font, in pixels.
    """
    words = [word_picture(word, size) for word in text.split(" ") if word]
    gap = np.zeros((line_height(size), max(1, round(0.3 * size))), np.uint8)
    parts = [part for word in words for part in (gap, word)][1:]
    return np.concatenate(parts, axis=1) if parts else gap
