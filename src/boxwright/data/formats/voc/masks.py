"""Masks of Pascal VOC: a palette picture whose pixels are object numbers."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import UInt8
from PIL import Image, PngImagePlugin

from boxwright.data.faults import FaultList
from boxwright.data.images.header import read_header
from boxwright.data.images.image_header import ImageHeader
from boxwright.data.images.reading import refuse_large
from boxwright.data.reading_limits import ReadingLimits
from boxwright.errors import DataError
from boxwright.geometry.run_length_encoding import write_rle

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
        header = read_header(path)
        if header.stored_size != size:  # said before anything is decoded
            (height, width), (own_height, own_width) = header.stored_size, size
            text = f"the masks are {width}×{height}, the image {own_width}×{own_height}"
            faults.add("rle-size", None, text, file=str(path))
            return {}
        return _run_lengths(_pixels_of(path, header, limits))
    except DataError as error:
        faults.add("unreadable-mask", None, str(error).removeprefix(f"{path}: "), file=str(path))
        return {}


def _run_lengths(numbers: UInt8[np.ndarray, "height width"]) -> dict[int, dict[str, Any]]:
    """Reads the runs of all objects off the columns at once: memory grows with the picture, not with its objects."""
    height, width = numbers.shape
    columns = numbers.T.reshape(-1)
    start = np.flatnonzero(np.concatenate(([True], columns[1:] != columns[:-1])))
    end = np.append(start[1:], height * width)
    owner = columns[start]
    is_object = (owner > 0) & (owner < VOID)
    start, end, owner = start[is_object], end[is_object], owner[is_object]
    order = np.argsort(owner, kind="stable")
    present, first = np.unique(owner[order], return_index=True)
    return {
        int(number): write_rle(torch.from_numpy(start[rows]), torch.from_numpy(end[rows]), (height, width))
        for number, rows in zip(present, np.split(order, first[1:]), strict=True)
    }


def _pixels_of(path: Path, header: ImageHeader, limits: ReadingLimits) -> np.ndarray:
    refuse_large(header, path, limits)
    if header.format != "PNG" or header.mode not in ("P", "L"):
        raise DataError(f"{path}: object numbers need a palette or grey PNG, not {header.mode} {header.format}.")
    try:
        with open(path, "rb") as file:
            picture: Image.Image = PngImagePlugin.PngImageFile(file)
            return np.asarray(picture, dtype=np.uint8)
    except (OSError, SyntaxError, ValueError) as error:
        raise DataError(f"{path}: the picture cannot be decoded ({error}).") from error
