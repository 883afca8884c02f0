"""The run lengths of Label Studio's brush.

A stream of bits: 32 bits for the number of values, 5 bits for the bits of a value less 1, four times 4 bits for the
bits of a length less 1; then blocks, each one bit for whether the block is one repeated value, 2 bits for which of the
four sizes its length has, the length less 1, and the value, or all values. The values are red, green, blue and alpha of
every pixel, row by row; painted is where alpha is not 0.
"""

from typing import Any

import numpy as np
from jaxtyping import Bool

from boxwright.data.formats.box_check import UnsoundError
from boxwright.errors import counted

_CHANNELS = 4


def read_brush(values: Any, size: tuple[int, int]) -> Bool[np.ndarray, "_height _width"]:
    """Decodes what was painted.

    Args:
        values: Bytes, as the file has them: a list of numbers.
        size: Height and width of the image.

    Raises:
        UnsoundError: These are no run lengths of this image.
    """
    try:
        content = bytes(values if isinstance(values, list) else [-1])  # of a number it makes as many zeros
    except (TypeError, ValueError, MemoryError):
        raise UnsoundError("rle-counts", "the run lengths must be a list of numbers from 0 to 255") from None
    count = int.from_bytes(content[:4], "big")
    if count != size[0] * size[1] * _CHANNELS:
        raise UnsoundError(
            "rle-size",
            f"the run lengths are of {counted(count // _CHANNELS, 'pixel')}, the image has {size[0] * size[1]:,}",
        )
    stream = _Bits(content)
    stream.take(32)
    width = stream.take(5) + 1
    lengths = [stream.take(4) + 1 for _ in range(4)]
    painted = np.zeros(count, dtype=np.bool_)
    place = 0
    while place < count:
        is_run = stream.take(1)
        stop = place + stream.take(lengths[stream.take(2)]) + 1
        if stop > count:
            raise UnsoundError("rle-counts", "the run lengths reach past the end of the image")
        if is_run:
            painted[place:stop] = stream.take(width) != 0
        else:
            painted[place:stop] = [stream.take(width) != 0 for _ in range(stop - place)]
        place = stop
    return painted.reshape(*size, _CHANNELS)[..., -1]


class _Bits:
    """Bits one after the other."""

    def __init__(self, content: bytes) -> None:
        self._content, self._place = content, 0

    def take(self, count: int) -> int:
        first, last = self._place // 8, (self._place + count + 7) // 8
        if last > len(self._content):
            raise UnsoundError("rle-counts", "the run lengths end before the image does")
        window = int.from_bytes(self._content[first:last], "big")
        self._place += count
        return (window >> (8 * last - self._place)) & ((1 << count) - 1)
