"""The two ends of a plain image file, read in one go."""

import os
import stat

from boxwright.data.images.image_header import ImageHeader
from boxwright.data.images.quick_header import ENOUGH, quick_header

TAIL = 1024
"""Bytes at the end of a file that show whether it is whole."""

ENDS = {"JPEG": b"\xff\xd9", "PNG": b"IEND"}
"""What stands there, by format."""


def quick_look(path: str) -> tuple[ImageHeader, bool] | None:
    """Reads the header of a plain file, and says whether its end is where it should be.

    Args:
        path: The file.

    Returns:
        None for everything else: what is wrong, or out of the ordinary, is found by who looks longer.
    """
    try:
        state = os.stat(path)
        if not stat.S_ISREG(state.st_mode):  # reading a pipe would wait for ever
            return None
        with open(path, "rb", buffering=0) as file:
            start = file.read(ENOUGH)
            header = quick_header(start)
            if header is None:
                return None
            if state.st_size > len(start):
                file.seek(max(0, state.st_size - TAIL))
                start = file.read(TAIL)
            return header, ENDS[header.format] in start[-TAIL:]
    except OSError:
        return None
