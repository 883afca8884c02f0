"""The two ends of a plain image file, read in one go."""

import os
import stat

from boxwright.data.images.image_header import ImageHeader
from boxwright.data.images.quick_header import ENOUGH, quick_header

TAIL = 1024
"""Bytes at the end of a file that show whether it is whole."""

ENDS = {"JPEG": b"\xff\xd9", "PNG": b"IEND"}
"""What stands there, by format."""

_HOW = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)  # opening a pipe would wait for ever


def quick_look(path: str) -> tuple[ImageHeader, bool] | None:
    """Reads the header of a plain file, and says whether its end is where it should be.

    Args:
        path: The file.

    Returns:
        None for everything else: what is wrong, or out of the ordinary, is found by who looks longer.
    """
    try:
        file = os.open(path, _HOW)
    except OSError:
        return None
    try:
        state = os.fstat(file)
        if not stat.S_ISREG(state.st_mode):
            return None
        start = os.pread(file, ENOUGH, 0)
        header = quick_header(start)
        if header is None:
            return None
        end = start if state.st_size <= len(start) else os.pread(file, TAIL, max(0, state.st_size - TAIL))
        return header, ENDS[header.format] in end[-TAIL:]
    except OSError:
        return None
    finally:
        os.close(file)
