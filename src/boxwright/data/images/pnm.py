"""Decoding PGM and PPM files, which state the value of their white."""

import re
import warnings

import numpy as np
import numpy.typing as npt

_GAP = rb"(?:\s|#[^\n]*\n)+"
_HEAD = re.compile(rb"P([2356])" + _GAP + _GAP.join([rb"(\d{1,9})"] * 3) + rb"\s")
_COMMENT = re.compile(rb"#[^\n]*")
_BYTE, _WORD = 255, 65535


def white_of_pnm(start: bytes) -> int | None:
    """Reads the value of white; None where a file has none, as those of one bit.

    Args:
        start: The file, or its first bytes.
    """
    head = _HEAD.match(start)
    return None if head is None else int(head[4])


def decode_pnm(encoded: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8] | None:
    """Decodes a PGM or PPM file to RGB, `height width 3`, 0 to 255.

    Values are spread so that the white of the file becomes 255; a white over 255 becomes 65535, of whose 16 bits the
    upper 8 are kept, as of other files. What is over its white is white.

    Args:
        encoded: The bytes of the file.

    Returns:
        The pixels; None if it is cut off, or damaged.
    """
    content = encoded.tobytes()
    head = _HEAD.match(content)
    if head is None:
        return None
    kind, width, height, white = (int(part) for part in head.groups())
    if not 0 < white <= _WORD:
        return None
    channels = 3 if kind in (3, 6) else 1
    count = height * width * channels
    read = _written_out if kind in (2, 3) else _packed
    values = read(content, head.end(), count, white)
    if values is None:
        return None
    pixels = _in_bytes(white)[np.minimum(values, white)].reshape(height, width, channels)
    return np.array(np.broadcast_to(pixels, (height, width, 3)))


def _in_bytes(white: int) -> npt.NDArray[np.uint8]:
    """Gives what each value up to white becomes."""
    full = _BYTE if white <= _BYTE else _WORD
    spread = np.rint(np.arange(white + 1) / white * full).astype(np.uint16)
    return (spread if full == _BYTE else spread >> 8).astype(np.uint8)


def _packed(content: bytes, start: int, count: int, white: int) -> npt.NDArray[np.integer] | None:
    kind = np.dtype("u1" if white <= _BYTE else ">u2")
    if len(content) - start < count * kind.itemsize:
        return None
    return np.frombuffer(content, kind, count, start)


def _written_out(content: bytes, start: int, count: int, white: int) -> npt.NDArray[np.integer] | None:
    """Reads values that are written as text, with comments between them."""
    text = _COMMENT.sub(b" ", content[start:])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # which is all that numpy says of what is no number
            values = np.fromstring(text.decode("ascii"), dtype=np.int64, sep=" ")[:count]
    except (ValueError, DeprecationWarning):
        return None
    return values if len(values) == count and values.min() >= 0 else None
