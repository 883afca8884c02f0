"""The header of plain JPEG and PNG files, without Pillow, which takes five times as long."""

import zlib
from collections.abc import Callable

from boxwright.data.images.image_header import ImageHeader

ENOUGH = 4096
"""Bytes that the header of a plain file lies in."""

_JPEG_MODES = {1: "L", 3: "RGB"}
_FRAMES = frozenset((*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0)))
_SCAN, _TABLES, _QUANTIZATION, _PROFILE_OR_PAGES = 0xDA, 0xC4, 0xDB, 0xE2
_PASSED = frozenset((_TABLES, 0xE0, *range(0xE3, 0xEE), 0xEE, 0xEF, 0xFE))
_TABLE = 65  # bytes of a table of 8-bit values with its number
_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_MODES = {0: "L", 2: "RGB", 3: "P", 4: "LA", 6: "RGBA"}
_PNG_PASSED = frozenset((b"IHDR", b"PLTE", b"pHYs", b"sRGB", b"gAMA", b"cHRM", b"tIME"))


def quick_header(start: bytes) -> ImageHeader | None:
    """Reads the header of a file in which nothing is out of the ordinary; of others, Pillow has to.

    Out of the ordinary are EXIF blocks (they may turn the image), several pictures, other than 8 bits, four colours,
    and whatever is not known here.

    Args:
        start: The first bytes of the file.
    """
    reader = next((each for sign, each in _READERS.items() if start.startswith(sign)), None)
    return None if reader is None else reader(start)


def _jpeg(start: bytes) -> ImageHeader | None:
    at, found = 2, None
    while at + 4 <= len(start) and start[at] == 0xFF:
        marker, length = start[at + 1], int.from_bytes(start[at + 2 : at + 4], "big")
        block = start[at + 4 : at + 2 + length]
        if len(block) != length - 2:
            return None
        if marker == _SCAN:
            return found
        if marker in _FRAMES:
            found = _frame(block) if found is None else None
            if found is None:
                return None
        elif marker == _PROFILE_OR_PAGES:
            if not block.startswith(b"ICC_PROFILE\x00"):
                return None
        elif marker == _QUANTIZATION:
            if len(block) % _TABLE or any(block[place] >> 4 for place in range(0, len(block), _TABLE)):
                return None
        elif marker not in _PASSED:
            return None
        at += 2 + length
    return None


def _frame(block: bytes) -> ImageHeader | None:
    if len(block) < 6 or block[0] != 8 or block[5] not in _JPEG_MODES or len(block) != 6 + 3 * block[5]:
        return None
    height, width = int.from_bytes(block[1:3], "big"), int.from_bytes(block[3:5], "big")
    return ImageHeader("JPEG", _JPEG_MODES[block[5]], (height, width), 1) if height and width else None


def _png(start: bytes) -> ImageHeader | None:
    at = len(_PNG)
    found = None
    while at + 12 <= len(start):
        length, name = int.from_bytes(start[at : at + 4], "big"), start[at + 4 : at + 8]
        if name == b"IDAT":
            return found
        end = at + 12 + length
        if name not in _PNG_PASSED or end > len(start):
            return None
        if zlib.crc32(start[at + 4 : end - 4]) != int.from_bytes(start[end - 4 : end], "big"):
            return None
        if name == b"IHDR":
            found = _png_frame(start[at + 8 : end - 4])
        if found is None:
            return None
        at = end
    return None


def _png_frame(block: bytes) -> ImageHeader | None:
    if len(block) != 13 or block[8] != 8 or block[9] not in _PNG_MODES or any(block[10:12]):
        return None
    width, height = int.from_bytes(block[:4], "big"), int.from_bytes(block[4:8], "big")
    return ImageHeader("PNG", _PNG_MODES[block[9]], (height, width), 1) if height and width else None


_READERS: dict[bytes, Callable[[bytes], ImageHeader | None]] = {b"\xff\xd8\xff": _jpeg, _PNG: _png}
