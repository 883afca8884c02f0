"""Decoding a TIFF as it is stored, without what OpenCV makes of some of them by itself."""

import io
import struct
from collections.abc import Iterator

import numpy as np
from PIL.TiffImagePlugin import TiffImageFile

from boxwright.data.images.image_windows import Pixels
from boxwright.data.images.opencv_decoding import decoded_by_opencv
from boxwright.data.images.tiff_pieces import TiffPieces, pieces_of

_ORIENTATION, _TILE_WIDTH, _FURTHER_CHANNELS = 274, 322, 338
_UPRIGHT, _MULTIPLIED = 1, 1
_NUMBERS = {1: "B", 3: "H", 4: "I", 16: "Q"}  # kinds of whole numbers
_BIG = 43  # what a file with offsets of 64 bits has in place of 42


def decode_tiff(encoded: Pixels) -> Pixels | None:
    """Decodes the first picture of a TIFF to RGB, `height width 3`, as the pixels are stored.

    OpenCV turns a TIFF, multiplies its colours by alpha unless that is said to be done, and mixes up the pixels of some
    tiles: of turned images, and of grey ones of 16 bits or with alpha where a tile passes the right border. So it is
    given a file that says that it is upright and multiplied, and tiles one by one.

    Args:
        encoded: The bytes of the file.

    Returns:
        The pixels; None if the file is damaged, or OpenCV does not know its kind.
    """
    content = bytearray(encoded)
    for tag, value in ((_ORIENTATION, _UPRIGHT), (_FURTHER_CHANNELS, _MULTIPLIED)):
        _write(content, tag, value)
    pieces = _tiles(content)
    if pieces is None:
        return decoded_by_opencv(np.frombuffer(content, np.uint8))
    return _joined(pieces, memoryview(content))


def _tiles(content: bytearray) -> TiffPieces | None:
    """Finds the tiles; None if there are none that can be decoded one by one."""
    if not any(_entries(content, _TILE_WIDTH)):
        return None
    try:
        picture = TiffImageFile(io.BytesIO(content))
        pieces = pieces_of(picture.tag_v2, (picture.height, picture.width))
    except (OSError, SyntaxError, ValueError, KeyError, IndexError, TypeError, EOFError, struct.error, UserWarning):
        return None
    return pieces if pieces is not None and pieces.are_tiles else None


def _joined(pieces: TiffPieces, content: memoryview) -> Pixels | None:
    height, width = pieces.size
    pixels = np.empty((height, width, 3), np.uint8)
    for number, left, top in pieces.within((0, 0, width, height)):
        start, length = pieces.offsets[number], pieces.lengths[number]
        file = pieces.file_of(number, bytes(content[start : start + length]))
        piece = decoded_by_opencv(np.frombuffer(file, np.uint8))
        if piece is None or piece.shape[:2] != pieces.piece:
            return None
        place = pixels[top : top + piece.shape[0], left : left + piece.shape[1]]
        place[:] = piece[: place.shape[0], : place.shape[1]]
    return pixels


def _write(content: bytearray, tag: int, value: int) -> None:
    """Writes one value into all numbers of an entry of the first directory, if it is there."""
    for place, kind, count in _entries(content, tag):
        number = struct.Struct(_order(content) + _NUMBERS[kind])
        for at in range(place, min(place + count * number.size, len(content) - number.size + 1), number.size):
            number.pack_into(content, at, value)


def _order(content: bytearray) -> str:
    return "<" if content.startswith(b"II") else ">"


def _entries(content: bytearray, tag: int) -> Iterator[tuple[int, int, int]]:
    """Gives where the numbers of an entry lie, their kind and how many there are; nothing where there are none."""
    order = _order(content)
    is_big = content[2 if order == "<" else 3] == _BIG
    at, counted, entry, size = (8, "Q", "HHQQ", 8) if is_big else (4, "I", "HHII", 4)
    try:
        (start,) = struct.unpack_from(order + counted, content, at)
        counted = "Q" if is_big else "H"
        (entries,) = struct.unpack_from(order + counted, content, start)
        first, step = start + struct.calcsize(order + counted), struct.calcsize(order + entry)
        for place in range(first, min(first + entries * step, len(content)), step):
            found, kind, count, elsewhere = struct.unpack_from(order + entry, content, place)
            if found == tag and kind in _NUMBERS:
                is_here = count * struct.calcsize(_NUMBERS[kind]) <= size
                yield (place + step - size if is_here else elsewhere), kind, count
    except struct.error:
        return
