"""Writing pictures to disk, whole or not at all."""

from pathlib import Path

import cv2
import numpy as np
from jaxtyping import UInt8

from boxwright.atomic_file import atomic_file
from boxwright.errors import ConfigError

SUFFIXES = (".jpg", ".jpeg", ".png")


def write_picture(path: str | Path, image: UInt8[np.ndarray, "height width 3"], *, jpeg_quality: int = 92) -> Path:
    """Writes an RGB picture as JPEG or PNG, by the suffix; folders are made where missing.

    Any path that the system allows will do, also with letters outside ASCII. The file appears when it is complete.

    Args:
        path: Where to.
        image: RGB, 0 to 255.
        jpeg_quality: 1 to 100.

    Returns:
        The path.

    Raises:
        ConfigError: The suffix is neither of JPEG nor of PNG.
    """
    target = Path(path)
    suffix = target.suffix.lower()
    if suffix not in SUFFIXES:
        raise ConfigError(f"{target}: cannot write a picture as {suffix!r}. Use one of {', '.join(SUFFIXES)}.")
    options = [] if suffix == ".png" else [cv2.IMWRITE_JPEG_QUALITY, jpeg_quality]
    _, encoded = cv2.imencode(suffix, cv2.cvtColor(image, cv2.COLOR_RGB2BGR), options)
    with atomic_file(target) as file:
        file.write(encoded.tobytes())
    return target
