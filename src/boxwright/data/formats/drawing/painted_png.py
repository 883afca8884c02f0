"""Painted masks that an annotation file carries as text: a PNG in base64."""

import base64
import binascii
import io
import zlib
from typing import Any

import numpy as np
from jaxtyping import Bool
from PIL import Image, PngImagePlugin

from boxwright.data.formats.box_check import UnsoundError
from boxwright.data.reading_limits import ReadingLimits

_PNG = b"\x89PNG"
_MOST_BYTES = 2**26  # of a PNG that holds one mask


def painted_png(text: Any, limits: ReadingLimits) -> Bool[np.ndarray, "_height _width"]:
    """Decodes a mask; a picture with an alpha channel is painted where that is not 0, another where it is not black.

    Args:
        text: A PNG file in base64, as it is or packed by zlib.
        limits: How many pixels it may have.

    Raises:
        UnsoundError: It is no such text, or too large.
    """
    if not isinstance(text, str):
        raise UnsoundError("mask-form", f"a painted mask must be a PNG in base64, not {str(text)[:40]}")
    try:
        content = base64.b64decode(text, validate=True)
        if not content.startswith(_PNG):
            content = zlib.decompressobj().decompress(content, _MOST_BYTES)
        picture: Image.Image = PngImagePlugin.PngImageFile(io.BytesIO(content))
        if picture.width * picture.height > limits.max_pixels:
            raise UnsoundError("image-too-large", f"a painted mask has {picture.width * picture.height:,} pixels")
        if picture.mode in ("RGBA", "LA"):
            picture = picture.getchannel("A")
        elif picture.mode == "P":
            picture = picture.convert("RGB")
        values = np.asarray(picture)
    except (binascii.Error, zlib.error, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise UnsoundError("mask-form", f"a painted mask cannot be decoded ({error})") from error
    return np.asarray(values.any(axis=2) if values.ndim == 3 else values != 0)
