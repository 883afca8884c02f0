"""All image files of a data set, checked in parallel."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from boxwright.data.faults import Fault
from boxwright.data.formats.annotation_table import AnnotationTable
from boxwright.data.images.check import ImageFinding, check_image
from boxwright.data.images.encoded_images import EncodedImages
from boxwright.data.reading_limits import ReadingLimits
from boxwright.errors import DataError

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

    first_of: dict[tuple[bytes, int, int], int] = {}
    firsts = [
        first_of.setdefault((path, height, width), position)
        for position, (path, (height, width)) in enumerate(zip(table.paths.tolist(), table.sizes.tolist(), strict=True))
    ]
    distinct = list(first_of.values())
    findings: dict[int, ImageFinding] = {}
    with ThreadPoolExecutor(max_workers=workers or os.cpu_count()) as threads:
        for position, finding in zip(distinct, threads.map(check, distinct), strict=True):
            findings[position] = finding
            if progress is not None:
                progress(len(findings), len(distinct))
    return [findings[first] for first in firsts]
