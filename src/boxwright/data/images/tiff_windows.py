"""Reading a part of a TIFF without decoding the rest of it."""

from collections import OrderedDict
from math import prod
from pathlib import Path
from threading import Lock

import numpy as np
from PIL.TiffImagePlugin import TiffImageFile

from boxwright.data.images.header import read_header
from boxwright.data.images.image_windows import Pixels
from boxwright.data.images.reading import decode_image, refuse_large
from boxwright.data.images.tiff_pieces import TiffPieces, pieces_of
from boxwright.data.reading_limits import ReadingLimits
from boxwright.errors import DataError
from boxwright.geometry.tiling import Window

_FEWEST = 2  # pieces
_LARGEST_PIECE = 2**24  # pixels; larger ones are little better than the whole
_KEPT = 2**28  # bytes of decoded pieces


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
        pieces = pieces_of(picture.tag_v2, header.stored_size)
    if pieces is None or len(pieces.offsets) < _FEWEST or prod(pieces.piece) > _LARGEST_PIECE:
        return None
    return TiffWindows(path, pieces)
