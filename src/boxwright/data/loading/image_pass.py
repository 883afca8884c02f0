"""All image files of a data set, checked in parallel."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import chain

import numpy as np

from boxwright.data.faults import Fault
from boxwright.data.formats.annotation_table import AnnotationTable
from boxwright.data.images.check import SOUND, ImageFinding, check_image
from boxwright.data.images.encoded_images import EncodedImages
from boxwright.data.reading_limits import ReadingLimits
from boxwright.errors import DataError

_AT_ONCE = 64  # images that a thread takes at a time

Progress = Callable[[int, int], None]
"""Told how many images are done, of how many."""


def check_images(
    table: AnnotationTable,
    limits: ReadingLimits,
    *,
    decode: bool,
    features: int = 0,
    images: EncodedImages | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> list[ImageFinding]:
    """Checks every image of a table, and one that is in it several times once.

    Decoding and hashing leave Python, so threads keep all cores busy.

    Args:
        table: The images.
        limits: What is refused.
        decode: Whether to decode the images, or to look at their headers and ends.
        features: How many points to seek in a decoded image at most, by which images of one place are found.
        images: Where the images are, if not at their paths.
        workers: Threads; the number of cores if None.
        progress: Told about every image.

    Returns:
        One finding per image, in the order of the table.
    """

    def check(position: int) -> ImageFinding:
        height, width = table.sizes[position].tolist()
        path = table.path(position)
        try:
            encoded = None if images is None else images.read(position)
        except DataError as error:
            return ImageFinding((Fault("unreadable-image", path, None, str(error).rstrip(".")),))
        return check_image(path, (height, width), limits, decode=decode, features=features, encoded=encoded)

    firsts = _firsts(table)
    distinct = range(len(table)) if firsts is None else list(dict.fromkeys(firsts))
    findings: list[ImageFinding] = [SOUND] * len(table)
    turns = [distinct[start : start + _AT_ONCE] for start in range(0, len(distinct), _AT_ONCE)]
    with ThreadPoolExecutor(max_workers=workers or os.cpu_count()) as threads:
        done = threads.map(lambda turn: [check(position) for position in turn], turns)
        for number, (position, finding) in enumerate(zip(distinct, chain.from_iterable(done), strict=True), start=1):
            findings[position] = finding
            if progress is not None:
                progress(number, len(distinct))
    return findings if firsts is None else [findings[first] for first in firsts]


def _firsts(table: AnnotationTable) -> list[int] | None:
    """Gives the first image with the file and size of each; None if all files are different."""
    if len(np.unique(table.paths)) == len(table):
        return None
    first_of: dict[tuple[bytes, int, int], int] = {}
    return [
        first_of.setdefault((path, height, width), position)
        for position, (path, (height, width)) in enumerate(zip(table.paths.tolist(), table.sizes.tolist(), strict=True))
    ]
