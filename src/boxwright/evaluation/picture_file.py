"""Writing pictures to disk, whole or not at all."""

from pathlib import Path

import cv2
import numpy as np
from jaxtyping import UInt8

from boxwright.errors import ConfigError
from boxwright.writing.atomic_file import atomic_file
from boxwright.writing.own_mark import with_mark

SUFFIXES = (".jpg", ".jpeg", ".png")
LARGEST_SIDE = 65_500
"""Pixels of a JPEG that its programs write."""


def write_picture(
    path: str | Path,
    image: UInt8[np.ndarray, "height width 3"],
    *,
    jpeg_quality: int = 92,
    replaces: bool = False,
) -> Path:
    """Writes an RGB picture as JPEG or PNG, by the suffix; folders are made where missing.

    Any path that the system allows will do, also with letters outside ASCII. The file appears when it is complete, and
    holds a mark by which boxwright knows it again, see `has_mark`.

    Args:
        path: Where to.
        image: RGB, 0 to 255.
        jpeg_quality: 1 to 100.
        replaces: Whether a file that is there is replaced, see `atomic_file`.

    Returns:
        The path.

    Raises:
        ConfigError: The suffix is neither of JPEG nor of PNG, a JPEG would be too large, or a file is there.
    """
    target = Path(path)
    suffix = require_picture_suffix(target)
    if suffix != ".png" and max(image.shape) > LARGEST_SIDE:
        raise ConfigError(
            f"{path}: a JPEG has sides of at most {LARGEST_SIDE:,} pixels; found {image.shape[0]:,} × "
            f"{image.shape[1]:,}. Write it as .png."
        )
    options = [] if suffix == ".png" else [cv2.IMWRITE_JPEG_QUALITY, jpeg_quality]
    _, encoded = cv2.imencode(suffix, cv2.cvtColor(image, cv2.COLOR_RGB2BGR), options)
    with atomic_file(target, replaces=replaces) as file:
        file.write(with_mark(encoded.tobytes()))
    return target


def require_picture_suffix(path: Path) -> str:
    """Gives the suffix of a path in small letters if a picture can be written as that.

    Args:
        path: Where to.

    Raises:
        ConfigError: The suffix is neither of JPEG nor of PNG.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise ConfigError(f"{path}: cannot write a picture as {suffix!r}. Use one of {', '.join(SUFFIXES)}.")
    return suffix
