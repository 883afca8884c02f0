"""A mark in every picture and film that boxwright makes, by which it knows them again."""

import struct
import zlib
from pathlib import Path

MARK = b"made by boxwright"
_HEAD, _TAIL = 4096, 64  # bytes of a file in which the mark lies


def with_mark(encoded: bytes) -> bytes:
    """Puts the mark into an encoded picture or film, where readers expect a comment; other formats stay as they are.

    Args:
        encoded: JPEG, PNG or MP4.
    """
    if encoded.startswith(b"\x89PNG"):
        end = 8 + 25  # signature and the first chunk, IHDR
        body = b"tEXtComment\0" + MARK
        chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
        return encoded[:end] + chunk + encoded[end:]
    if encoded.startswith(b"\xff\xd8\xff"):
        is_jfif = encoded[3] == 0xE0  # whose segment must be the first
        end = 4 + int.from_bytes(encoded[4:6]) if is_jfif else 2
        return encoded[:end] + b"\xff\xfe" + struct.pack(">H", len(MARK) + 2) + MARK + encoded[end:]
    return encoded


def mark_film(path: Path) -> None:
    """Puts the mark at the end of an MP4 file, in a box that players pass over.

    Args:
        path: Of the film.
    """
    with path.open("ab") as file:
        file.write(struct.pack(">I", len(MARK) + 8) + b"free" + MARK)


def has_mark(path: Path) -> bool:
    """Says whether boxwright made this picture or film; false if it cannot be read.

    Args:
        path: Of the file.
    """
    try:
        with path.open("rb") as file:
            if MARK in file.read(_HEAD):
                return True
            file.seek(-min(_TAIL, file.seek(0, 2)), 2)
            return MARK in file.read()
    except OSError:
        return False
