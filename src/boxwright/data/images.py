"""Reading image files into RGB arrays."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from jaxtyping import UInt8
from torch import Tensor, from_numpy

from boxwright.errors import DataError

# OpenCV 4.11 and later decode straight to RGB.
_RGB = getattr(cv2, "IMREAD_COLOR_RGB", None)


def read_image(path: str | Path, expected_size: tuple[int, int] | None = None) -> npt.NDArray[np.uint8]:
    """Decodes an image file to RGB, `height width 3`, 0 to 255.

    Grey images are repeated over the channels, an alpha channel is dropped, and 16-bit values are divided by 256.
    An EXIF orientation is ignored: the pixels come as they are stored, which is what COCO boxes refer to.

    Args:
        path: The file.
        expected_size: Height and width that the annotations state, or None to accept any.

    Raises:
        DataError: The file cannot be opened, is not an image that OpenCV decodes, or has another size.
    """
    try:
        encoded = np.fromfile(path, dtype=np.uint8)
    except OSError as error:
        raise DataError(
            f"{path}: the image cannot be opened ({error.strerror or error}). "
            "Restore the file or take it out of the annotations."
        ) from error
    # Stored pixels are what annotations refer to, so an EXIF orientation is not applied.
    flags = (cv2.IMREAD_COLOR if _RGB is None else _RGB) | cv2.IMREAD_IGNORE_ORIENTATION
    try:
        decoded = cv2.imdecode(encoded, flags) if len(encoded) else None
    except cv2.error:
        decoded = None
    if decoded is None:
        raise DataError(
            f"{path}: the {len(encoded)} bytes of this file are not an image that OpenCV can decode. "
            "Save it again as JPEG or PNG, or take it out of the annotations."
        )
    _check_size(path, decoded.shape[:2], expected_size)
    if _RGB is None:
        decoded = cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB)
    return np.asarray(decoded, dtype=np.uint8)


def as_tensor(pixels: npt.NDArray[np.uint8]) -> UInt8[Tensor, "3 height width"]:
    """Views a `height width 3` array as a channels-first tensor, without copying."""
    return from_numpy(pixels).permute(2, 0, 1)


def as_pixels(image: UInt8[Tensor, "3 height width"]) -> npt.NDArray[np.uint8]:
    """Views a channels-first tensor as a `height width 3` array; copies only if it is not channels-last in memory."""
    return np.ascontiguousarray(image.permute(1, 2, 0).numpy())


def _check_size(path: str | Path, found: tuple[Any, ...], expected: tuple[int, int] | None) -> None:
    size = (int(found[0]), int(found[1]))
    if expected is None or size == expected:
        return
    hint = ""
    if size == expected[::-1]:
        hint = (
            " The sides are swapped: the file probably has an EXIF orientation, and its boxes were drawn on the "
            "turned picture. Save the pictures turned (for instance with `exiftran -ai`)."
        )
    raise DataError(
        f"{path}: the image is {size[1]}×{size[0]} pixels (width×height), its annotation says "
        f"{expected[1]}×{expected[0]}.{hint} Correct the annotation or restore the image it was made on."
    )
