"""Which files are images: the formats that are read, their suffixes, and how their contents begin."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    Jpeg2KImagePlugin,
    JpegImagePlugin,
    PngImagePlugin,
    PpmImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
    features,
)

START = 32
"""Bytes at the beginning of a file that tell its format."""


@dataclass(frozen=True, slots=True)
class FileFormat:
    """One format of image files.

    Args:
        name: What messages call it.
        suffixes: Of file names, in lower case; the usual one first.
        start: How the content begins.
        opener: Reads the header, and decodes if `by_pillow`; None where the installed Pillow cannot.
        by_pillow: Whether Pillow decodes it, because not every OpenCV does.
    """

    name: str
    suffixes: tuple[str, ...]
    start: re.Pattern[bytes]
    opener: Callable[[Any], Image.Image] | None
    by_pillow: bool = False


def _avif_opener() -> Callable[[Any], Image.Image] | None:
    try:
        from PIL import AvifImagePlugin  # since Pillow 11.3
    except ImportError:
        return None
    return AvifImagePlugin.AvifImageFile if features.check("avif") else None


_JPEG2000 = Jpeg2KImagePlugin.Jpeg2KImageFile if features.check("jpg_2000") else None

# The plugins themselves: Image.open would also try rare formats, and has a limit of its own that is global.
FILE_FORMATS: tuple[FileFormat, ...] = (
    FileFormat(
        "JPEG",
        (".jpg", ".jpeg", ".jpe", ".jfif", ".jif", ".jfi", ".mpo"),
        re.compile(rb"\xff\xd8\xff"),
        JpegImagePlugin.JpegImageFile,
    ),
    FileFormat("PNG", (".png", ".apng"), re.compile(rb"\x89PNG\r\n\x1a\n"), PngImagePlugin.PngImageFile),
    FileFormat("BMP", (".bmp", ".dib"), re.compile(rb"BM"), BmpImagePlugin.BmpImageFile),
    FileFormat("TIFF", (".tif", ".tiff"), re.compile(rb"II[*+]\x00|MM\x00\*"), TiffImagePlugin.TiffImageFile),
    FileFormat("WEBP", (".webp",), re.compile(rb"RIFF....WEBP", re.DOTALL), WebPImagePlugin.WebPImageFile),
    FileFormat("GIF", (".gif",), re.compile(rb"GIF8"), GifImagePlugin.GifImageFile),
    FileFormat("AVIF", (".avif", ".avifs"), re.compile(rb"....ftypavi[fs]", re.DOTALL), _avif_opener(), by_pillow=True),
    FileFormat(
        "JPEG2000",
        (".jp2", ".j2k", ".j2c", ".jpc", ".jpf", ".jpx"),
        re.compile(rb"\x00\x00\x00\x0cjP  \r\n\x87\n|\xff\x4f\xff\x51"),
        _JPEG2000,
        by_pillow=True,
    ),
    FileFormat("PNM", (".ppm", ".pgm", ".pbm", ".pnm"), re.compile(rb"P[1-6][\s#]"), PpmImagePlugin.PpmImageFile),
)
"""All formats that are read, the usual ones first."""

IMAGE_SUFFIXES = tuple(suffix for each in FILE_FORMATS if each.opener is not None for suffix in each.suffixes)
"""File name suffixes of images that are read, in lower case, in the order in which an image without one is sought."""

_OTHER_SUFFIXES = (
    *(".heic", ".heif", ".hif", ".jxl", ".psd", ".tga", ".exr", ".hdr", ".svg", ".ico", ".pcx", ".sgi", ".qoi", ".dcm"),
    *(".raw", ".dng", ".cr2", ".cr3", ".nef", ".arw", ".orf", ".rw2", ".raf", ".pef", ".srw"),
)
LOOKS_LIKE_IMAGE = frozenset((*_OTHER_SUFFIXES, *(suffix for each in FILE_FORMATS for suffix in each.suffixes)))
"""Suffixes of images, read or not."""

_OTHER_START = re.compile(rb"....ftyp(?:he[iv][cxms]|mif1|msf1)|8BPS|\xff\x0a|\x00\x00\x00\x0cJXL ", re.DOTALL)


def format_of(start: bytes) -> FileFormat | None:
    """Tells a format by content.

    Args:
        start: The first bytes of a file, `START` of them or all.
    """
    return next((each for each in FILE_FORMATS if each.start.match(start)), None)


def format_of_file(path: str | Path) -> FileFormat | None:
    """Tells the format of a file by content, if it is one that is read.

    Args:
        path: The file.
    """
    with open(path, "rb") as file:
        found = format_of(file.read(START))
    return found if found is not None and found.opener is not None else None


def suffix_of(name: str) -> str:
    """Gives the suffix of a file name in lower case, with its dot; "" if it has none.

    Args:
        name: With or without folder.
    """
    stem, dot, suffix = name.rpartition(".")
    return f".{suffix.lower()}" if dot and stem and "/" not in suffix else ""


def looks_like_image(path: str) -> bool:
    """Says whether a file looks like an image that is not read, or not found, by its name: by suffix or content.

    Args:
        path: The file.
    """
    if suffix_of(path) in LOOKS_LIKE_IMAGE:
        return True
    try:
        with open(path, "rb") as file:
            start = file.read(START)
    except OSError:
        return False
    found = format_of(start)
    return _OTHER_START.match(start) is not None or (found is not None and found.name not in _SHORT_STARTS)


_SHORT_STARTS = ("BMP", "PNM")  # two letters that many a text begins with
