"""How many bits the values of an image file have, and whether those of 16 bits come out nearly black."""

import re

import numpy as np
from jaxtyping import UInt8
from PIL import Image, TiffImagePlugin

from boxwright.data.images.pnm import white_of_pnm

_SIXTEEN, _EIGHT = 16, 8
_BITS_PER_SAMPLE = 258  # tag of TIFF
_PNG_DEPTH = 24  # place of the byte that says it
_JPEG2000_DEPTH = re.compile(rb"ihdr.{10}(.)", re.DOTALL)  # after height, width and number of channels
_DARK = 64  # of 255: what the highest value of 14 bits becomes


def value_depth(picture: Image.Image, start: bytes) -> int:
    """Reads how many bits a value has, 8 where a file does not say.

    Args:
        picture: Opened with Pillow.
        start: The first bytes of the file.
    """
    if picture.mode.startswith("I"):
        return _SIXTEEN
    if isinstance(picture, TiffImagePlugin.TiffImageFile):
        bits = picture.tag_v2.get(_BITS_PER_SAMPLE, (_EIGHT,))
        return int(max(bits)) if isinstance(bits, tuple) and bits else _EIGHT
    if start.startswith(b"\x89PNG") and len(start) > _PNG_DEPTH:
        return start[_PNG_DEPTH]
    if found := _JPEG2000_DEPTH.search(start):
        return 1 + (found[1][0] & 127)
    white = white_of_pnm(start)
    return _EIGHT if white is None else white.bit_length()


def comes_out_dark(pixels: UInt8[np.ndarray, "..."]) -> bool:
    """Says whether the upper 8 of 16 bits hold next to nothing, as of cameras with 10 to 14 bits, or of 8 bits in 16.

    Args:
        pixels: The upper 8 bits.
    """
    return bool(pixels.size) and int(pixels.max()) <= _DARK
