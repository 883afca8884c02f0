"""Reading a part of a TIFF without decoding the rest of it."""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from PIL.TiffImagePlugin import ImageFileDirectory_v2, TiffImageFile

from boxwright.data.images.header import read_header
from boxwright.data.images.image_windows import Pixels
from boxwright.data.images.reading import decode_image, refuse_large
from boxwright.data.reading_limits import ReadingLimits
from boxwright.errors import DataError
from boxwright.geometry.tiling import Window

_WIDTH, _HEIGHT, _PLANES = 256, 257, 284
_STRIP_OFFSETS, _STRIP_ROWS, _STRIP_BYTES = 273, 278, 279
_TILE_WIDTH, _TILE_HEIGHT, _TILE_OFFSETS, _TILE_BYTES = 322, 323, 324, 325
# How pixels are written: bits, compression, colours, order of bits, channels, predictor, palette, meaning of further
# channels, kind of number, tables of JPEG, and of YCbCr weights, subsampling and range.
_OF_PIXELS = (258, 259, 262, 266, 277, 317, 320, 338, 339, 347, 529, 530, 532)
_LONG = 4  # kind of a value
_LARGEST_PIECE = 2**24  # pixels; larger ones are little better than the whole
_KEPT = 2**28  # bytes of decoded pieces


@dataclass(frozen=True, slots=True)
class TiffPieces:
    """Where the pieces of a TIFF lie, its strips or tiles.

    Args:
        size: Height and width of the image in pixels.
        piece: Height and width of a piece; strips are as wide as the image.
        offsets: In the file, row by row.
        lengths: In bytes.
        prefix: The order of bytes, "II" or "MM".
        directory: Says how pixels are written.
    """

    size: tuple[int, int]
    piece: tuple[int, int]
    offsets: tuple[int, ...]
    lengths: tuple[int, ...]
    prefix: bytes
    directory: ImageFileDirectory_v2 = field(repr=False)

    @property
    def columns(self) -> int:
        """Pieces beside each other."""
        return -(-self.size[1] // self.piece[1])

    def within(self, window: Window) -> Iterator[tuple[int, int, int]]:
        """Lists the pieces that a part of the image needs: number, left and top.

        Args:
            window: Inside the image.
        """
        left, top, right, bottom = window
        height, width = self.piece
        rows = range(top // height, -(-bottom // height))
        for row, column in product(rows, range(left // width, -(-right // width))):
            yield row * self.columns + column, column * width, row * height

    def file_of(self, number: int, content: bytes) -> bytes:
        """Makes a TIFF of its own of one piece, so that it is decoded by the same rules as a whole one.

        Args:
            number: Of the piece.
            content: Its bytes.
        """
        height, width = self.piece
        if self.directory.get(_TILE_OFFSETS) is None:  # the last strip ends with the image, tiles are filled up
            height = min(height, self.size[0] - number * height)
        directory = ImageFileDirectory_v2(prefix=self.prefix)
        for tag in _OF_PIXELS:
            if tag in self.directory:
                directory.tagtype[tag] = self.directory.tagtype[tag]
                directory[tag] = self.directory[tag]
        own = {_WIDTH: width, _HEIGHT: height, _STRIP_ROWS: height, _STRIP_OFFSETS: 0, _STRIP_BYTES: len(content)}
        for tag, value in own.items():
            directory.tagtype[tag] = _LONG
            directory[tag] = value
        first = 8
        order = "little" if self.prefix == b"II" else "big"
        start = self.prefix + (42).to_bytes(2, order) + first.to_bytes(4, order)  # type: ignore[arg-type]
        return start + directory.tobytes(first) + content


class TiffWindows:
    """A TIFF that is read in parts: only the strips or tiles that a part needs are decoded.

    The last ones are kept, at most 256 MB, because the next part usually needs some of them again.

    Args:
        path: The file.
        pieces: What it is made of.
    """

    def __init__(self, path: str | Path, pieces: TiffPieces) -> None:
        self.path, self.pieces = path, pieces
        self._kept: OrderedDict[int, Pixels] = OrderedDict()
        self._turn = Lock()  # several threads may read

    def read(self, window: Window) -> Pixels:
        """Reads a part, as RGB in memory of its own.

        Args:
            window: Inside the image.

        Raises:
            DataError: The file is damaged there.
        """
        left, top, right, bottom = window
        pixels = np.empty((bottom - top, right - left, 3), np.uint8)
        for number, x, y in self.pieces.within(window):
            with self._turn:
                piece = self._piece(number)
            rows = slice(max(y, top), min(y + piece.shape[0], bottom))
            columns = slice(max(x, left), min(x + piece.shape[1], right))
            seen = piece[rows.start - y : rows.stop - y, columns.start - x : columns.stop - x]
            pixels[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left] = seen
        return pixels

    def _piece(self, number: int) -> Pixels:
        found = self._kept.pop(number, None)
        if found is None:
            found = decode_image(np.frombuffer(self._file_of(number), np.uint8), self.path)
        self._kept[number] = found
        while len(self._kept) > 1 and sum(each.nbytes for each in self._kept.values()) > _KEPT:
            self._kept.popitem(last=False)
        return found

    def _file_of(self, number: int) -> bytes:
        length = self.pieces.lengths[number]
        with open(self.path, "rb") as file:
            file.seek(self.pieces.offsets[number])
            content = file.read(length)
        if len(content) < length or not length:
            raise DataError(
                f"{self.path}: piece {number} of this TIFF is cut off. Copy the file again, or take it out of the "
                "annotations."
            )
        return self.pieces.file_of(number, content)


def open_tiff(path: str | Path, expected_size: tuple[int, int] | None, limits: ReadingLimits) -> TiffWindows | None:
    """Opens a TIFF to read it in parts; None if that is not to be, and the image has to be decoded as a whole.

    It can be if the file has several strips or tiles that are not huge, is upright, and keeps the channels of a pixel
    together. Whatever is wrong with a file is found by who decodes it as a whole.

    Args:
        path: An image file of any format.
        expected_size: Height and width that the annotations state, or None to accept any.
        limits: What is refused.

    Raises:
        DataError: The image has too many pixels, or the file is no image.
    """
    header = read_header(path)
    refuse_large(header, path, limits)
    if header.format != "TIFF" or header.orientation != 1 or expected_size not in (None, header.stored_size):
        return None
    with open(path, "rb") as file:
        picture = TiffImageFile(file)
        directory = picture.tag_v2
        for tag in (*_OF_PIXELS, _STRIP_OFFSETS, _STRIP_BYTES, _TILE_OFFSETS, _TILE_BYTES):
            directory.get(tag)  # which is read from the file only now
    pieces = _pieces(directory, header.stored_size)
    return None if pieces is None else TiffWindows(path, pieces)


def _pieces(directory: ImageFileDirectory_v2, size: tuple[int, int]) -> TiffPieces | None:
    """Reads where the pieces are; None if they cannot be read one by one, or it would be of no use."""
    if directory.get(_PLANES, 1) != 1:
        return None
    if _TILE_OFFSETS in directory:
        piece = (directory.get(_TILE_HEIGHT, 0), directory.get(_TILE_WIDTH, 0))
        places = (_TILE_OFFSETS, _TILE_BYTES)
    else:
        piece = (min(directory.get(_STRIP_ROWS, size[0]), size[0]), size[1])
        places = (_STRIP_OFFSETS, _STRIP_BYTES)
    if not all(isinstance(side, int) and side > 0 for side in piece) or piece[0] * piece[1] > _LARGEST_PIECE:
        return None
    offsets, lengths = (_numbers(directory.get(tag)) for tag in places)
    count = -(-size[0] // piece[0]) * -(-size[1] // piece[1])
    if count < 2 or len(offsets) != count or len(lengths) != count:
        return None
    return TiffPieces(size, piece, offsets, lengths, bytes(directory.prefix), directory)


def _numbers(value: Any) -> tuple[int, ...]:
    """Gives the numbers of an entry, of which there may be one or none."""
    return () if value is None else tuple(value) if isinstance(value, tuple) else (value,)
