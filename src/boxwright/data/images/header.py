"""What an image file says about itself before it is decoded."""

import io
import struct
from pathlib import Path

from PIL import Image, TiffImagePlugin

from boxwright.data.images.file_formats import FILE_FORMATS, START, format_of
from boxwright.data.images.image_header import ImageHeader
from boxwright.data.images.quick_header import ENOUGH, quick_header
from boxwright.data.images.value_depth import value_depth
from boxwright.errors import DataError

_ORIENTATION, _TIFF_WIDTH, _TIFF_HEIGHT = 0x0112, 0x0100, 0x0101
_UPRIGHT, _LAST = 1, 8
_HEAD = 256  # bytes that say how many bits a value has


def read_header(path: str | Path) -> ImageHeader:
    """Reads the header of an image file and nothing else of it.

    Args:
        path: The file.

    Raises:
        DataError: The file cannot be opened or is not an image.
    """
    try:
        with open(path, "rb") as file:
            return parse_header(file, path)
    except OSError as error:
        raise cannot_open(path, error) from error


def parse_header(file: io.BytesIO | io.BufferedReader, path: str | Path) -> ImageHeader:
    """Reads the header of an image that is open.

    Args:
        file: At its beginning.
        path: What to call it in messages.

    Raises:
        DataError: It is not an image.
    """
    start = file.read(ENOUGH)
    quick = quick_header(start)
    if quick is not None:
        return quick
    file.seek(0)
    found = format_of(start[:START])
    if found is None:
        readable = ", ".join(each.name for each in FILE_FORMATS if each.opener is not None)
        kind = "is empty" if not start else f"is not an image that boxwright reads ({readable})"
        raise DataError(f"{path}: the file {kind}. {_CURE}")
    if found.opener is None:
        raise DataError(f"{path}: the file is {found.name}, which the installed Pillow does not read. {_CURE}")
    try:
        picture = found.opener(file)
        depth, size = value_depth(picture, start[:_HEAD]), _stored_size(picture)
        return ImageHeader(found.name, picture.mode, size, orientation_of(picture), _pages(picture), depth)
    except (
        OSError,
        SyntaxError,
        ValueError,
        KeyError,
        IndexError,
        TypeError,
        EOFError,
        struct.error,
        UserWarning,
    ) as error:
        raise DataError(f"{path}: the header of this {found.name} file is broken ({error}). {_CURE}") from error


def header_of(encoded: bytes, path: str | Path) -> ImageHeader:
    """Reads the header of an image in memory.

    Args:
        encoded: The bytes of the file.
        path: What to call it in messages.

    Raises:
        DataError: It is not an image.
    """
    return parse_header(io.BytesIO(encoded), path)


def cannot_open(path: str | Path, error: OSError) -> DataError:
    """Builds the error for a file that cannot be opened.

    Args:
        path: The file.
        error: Of the operating system.
    """
    return DataError(
        f"{path}: the image cannot be opened ({error.strerror or error}). "
        "Restore the file or take it out of the annotations."
    )


_CURE = "Save it again as JPEG or PNG, or take it out of the annotations."


def _stored_size(picture: Image.Image) -> tuple[int, int]:
    if isinstance(picture, TiffImagePlugin.TiffImageFile):  # its height and width are those after turning
        return int(picture.tag_v2[_TIFF_HEIGHT]), int(picture.tag_v2[_TIFF_WIDTH])
    return picture.height, picture.width


def orientation_of(picture: Image.Image) -> int:
    """Reads the orientation; one that is not 1 to 8, or an EXIF block that cannot be read, stands for upright.

    Args:
        picture: Opened with Pillow.
    """
    if isinstance(picture, TiffImagePlugin.TiffImageFile):
        value = picture.tag_v2.get(_ORIENTATION, _UPRIGHT)
    else:
        block = picture.info.get("exif")  # getexif() would decode a PNG to look for a block at its end
        if not block:
            return _UPRIGHT
        exif = Image.Exif()
        try:
            exif.load(block)
            value = exif.get(_ORIENTATION, _UPRIGHT)
        except (OSError, SyntaxError, ValueError, KeyError, struct.error, UserWarning):
            return _UPRIGHT
    return value if isinstance(value, int) and _UPRIGHT <= value <= _LAST else _UPRIGHT


def _pages(picture: Image.Image) -> int:
    """Counts the pictures of a file; where what follows the first is damaged, the others do not count."""
    try:
        return int(getattr(picture, "n_frames", 1))
    except (OSError, SyntaxError, ValueError, KeyError, IndexError, TypeError, EOFError, struct.error, UserWarning):
        return 1
