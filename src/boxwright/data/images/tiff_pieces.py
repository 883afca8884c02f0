"""The strips or tiles of a TIFF, each of which can be decoded by itself."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from PIL.TiffImagePlugin import ImageFileDirectory_v2

from boxwright.geometry.tiling import Window

_WIDTH, _HEIGHT, _CHANNELS, _PLANES = 256, 257, 277, 284
_STRIP_OFFSETS, _STRIP_ROWS, _STRIP_BYTES = 273, 278, 279
_TILE_WIDTH, _TILE_HEIGHT, _TILE_OFFSETS, _TILE_BYTES = 322, 323, 324, 325
# How pixels are written: bits, compression, colours, order of bits, channels, kinds of fax, predictor, palette, meaning
# of further channels, kind of number, tables of JPEG, and of YCbCr weights, subsampling and range.
_OF_PIXELS = (258, 259, 262, 266, 277, 292, 293, 317, 320, 338, 339, 347, 529, 530, 532)
_LONG = 4  # kind of a value


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
    def are_tiles(self) -> bool:
        """Whether the pieces are tiles, which are filled up where they pass the image; else they are strips."""
        return self.directory.get(_TILE_OFFSETS) is not None

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
        if not self.are_tiles:  # the last strip ends with the image
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


def pieces_of(directory: ImageFileDirectory_v2, size: tuple[int, int]) -> TiffPieces | None:
    """Reads where the pieces are; None if they cannot be read one by one.

    Args:
        directory: Of an image that is open.
        size: Its height and width as it is stored.
    """
    for tag in (*_OF_PIXELS, _STRIP_OFFSETS, _STRIP_BYTES, _TILE_OFFSETS, _TILE_BYTES):
        directory.get(tag)  # which is read from the file only now
    if directory.get(_PLANES, 1) != 1 and directory.get(_CHANNELS, 1) != 1:
        return None
    if _TILE_OFFSETS in directory:
        piece = (directory.get(_TILE_HEIGHT, 0), directory.get(_TILE_WIDTH, 0))
        places = (_TILE_OFFSETS, _TILE_BYTES)
    else:
        piece = (min(directory.get(_STRIP_ROWS, size[0]), size[0]), size[1])
        places = (_STRIP_OFFSETS, _STRIP_BYTES)
    if not all(isinstance(side, int) and side > 0 for side in piece):
        return None
    offsets, lengths = (_numbers(directory.get(tag)) for tag in places)
    if not len(offsets) == len(lengths) == -(-size[0] // piece[0]) * -(-size[1] // piece[1]):
        return None
    return TiffPieces(size, piece, offsets, lengths, bytes(directory.prefix), directory)


def _numbers(value: Any) -> tuple[int, ...]:
    """Gives the numbers of an entry, of which there may be one or none."""
    return () if value is None else tuple(value) if isinstance(value, tuple) else (value,)
