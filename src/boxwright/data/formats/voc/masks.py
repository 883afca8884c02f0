"""Masks of Pascal VOC: a palette picture whose pixels are object numbers."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image, PngImagePlugin

from boxwright.data.faults import FaultList
from boxwright.data.images.header import read_header
from boxwright.data.images.reading import refuse_large
from boxwright.data.reading_limits import ReadingLimits
from boxwright.errors import DataError
from boxwright.structures import InstanceMasks

VOID = 255
"""The number of pixels that belong to no object and not to the background: outlines, difficult objects."""


def read_object_masks(
    path: Path, size: tuple[int, int], limits: ReadingLimits, faults: FaultList
) -> dict[int, dict[str, Any]]:
    """Reads a file of `SegmentationObject`; an image without one has no masks.

    Args:
        path: The PNG file.
        size: Height and width of the image.
        limits: What is refused.
        faults: Takes what is not sound.

    Returns:
        Run lengths in COCO's form by object number, from 1.
    """
    if not path.is_file():
        return {}
    try:
        numbers = _pixels_of(path, limits)
    except DataError as error:
        faults.add("unreadable-mask", None, str(error).removeprefix(f"{path}: "), file=str(path))
        return {}
    if numbers.shape != size:
        height, width = numbers.shape
        faults.add("rle-size", None, f"the masks are {width}×{height}, the image {size[1]}×{size[0]}", file=str(path))
        return {}
    present = [int(number) for number in np.unique(numbers) if 0 < number < VOID]
    masks = (
        InstanceMasks.from_boolean(torch.from_numpy(numbers == np.array(present)[:, None, None])) if present else None
    )
    return {} if masks is None else dict(zip(present, masks.to_rle(), strict=True))


def _pixels_of(path: Path, limits: ReadingLimits) -> np.ndarray:
    header = read_header(path)
    refuse_large(header, path, limits)
    if header.format != "PNG" or header.mode not in ("P", "L"):
        raise DataError(f"{path}: object numbers need a palette or grey PNG, not {header.mode} {header.format}.")
    try:
        with open(path, "rb") as file:
            picture: Image.Image = PngImagePlugin.PngImageFile(file)
            return np.asarray(picture, dtype=np.uint8)
    except (OSError, SyntaxError, ValueError) as error:
        raise DataError(f"{path}: the picture cannot be decoded ({error}).") from error
