"""Reading image files into RGB arrays."""

import io
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
from jaxtyping import UInt8
from torch import Tensor, from_numpy

from boxwright.data.images.file_formats import FILE_FORMATS, START, format_of
from boxwright.data.images.header import cannot_open, header_of
from boxwright.data.images.image_header import ImageHeader
from boxwright.data.images.opencv_decoding import decoded_by_opencv
from boxwright.data.images.pnm import decode_pnm
from boxwright.data.images.tiff_decoding import decode_tiff
from boxwright.data.reading_limits import DEFAULT_LIMITS, ReadingLimits
from boxwright.errors import DataError, counted

_BY_PILLOW = {each.name for each in FILE_FORMATS if each.by_pillow}
_UPRIGHT = 1
_ONE_BIT = "1"  # mode of Pillow


def read_image(
    path: str | Path,
    expected_size: tuple[int, int] | None = None,
    limits: ReadingLimits | None = None,
    *,
    header: ImageHeader | None = None,
) -> npt.NDArray[np.uint8]:
    """Decodes an image file to RGB, `height width 3`, 0 to 255.

    Grey is repeated over the channels; palette colours are looked up; alpha is dropped; of 16 bits the upper 8 are
    kept; PGM and PPM files are spread by the white that they state; CMYK becomes red = (255 - cyan) · (255 - black) /
    255 and so on, without a colour profile. 32-bit values have no fixed range and are refused.

    Orientation: the image is turned as its EXIF block says, which is how viewers and annotation tools show it. The
    one exception: an `expected_size` that fits the stored pixels only. Then the annotations were drawn on these, and
    the image comes as it is stored. So image and boxes are always in the same frame, that of the annotations.

    Args:
        path: The file.
        expected_size: Height and width that the annotations state, or None to accept any.
        limits: What is refused.
        header: Of the file, if it was read already.

    Raises:
        DataError: The file cannot be opened, is not an image that OpenCV decodes, has too many pixels, or has
            another size.
    """
    try:
        encoded = np.fromfile(path, dtype=np.uint8)
    except OSError as error:
        raise cannot_open(path, error) from error
    return decode_image(encoded, path, expected_size, limits, header=header)


def decode_image(
    encoded: npt.NDArray[np.uint8],
    path: str | Path,
    expected_size: tuple[int, int] | None = None,
    limits: ReadingLimits | None = None,
    *,
    header: ImageHeader | None = None,
) -> npt.NDArray[np.uint8]:
    """Decodes the bytes of an image file by the rules of `read_image`.

    Args:
        encoded: The bytes.
        path: What to call it in messages.
        expected_size: Height and width that the annotations state, or None to accept any.
        limits: What is refused.
        header: Of the file, if it was read already.

    Raises:
        DataError: As for `read_image`.
    """
    header = header or header_of(encoded.tobytes(), path)
    refuse_large(header, path, limits or DEFAULT_LIMITS)
    orientation = _orientation_for(path, header, expected_size)
    decoded = _decoder_of(header)(encoded)
    if decoded is None or decoded.shape[:2] != header.stored_size:
        raise DataError(
            f"{path}: this {header.format} file ({header.mode}) of {counted(len(encoded), 'byte')} cannot be decoded; "
            "it "
            "is cut off or damaged, or has 32-bit values. Save it again as JPEG or 8-bit PNG, or take it out of the "
            "annotations."
        )
    return turned(decoded, orientation)


def refuse_large(header: ImageHeader, path: str | Path, limits: ReadingLimits) -> None:
    """Raises if an image claims more pixels than allowed, before any memory is taken for them.

    Args:
        header: Of the image.
        path: The file, for the message.
        limits: How many are allowed.

    Raises:
        DataError: It does.
    """
    height, width = header.stored_size
    if height * width > limits.max_pixels:
        raise DataError(
            f"{path}: the image is {width}×{height}, {height * width:,} pixels; at most {limits.max_pixels:,} are "
            "allowed. Shrink it, or raise max_pixels if you trust the file."
        )


def as_tensor(pixels: npt.NDArray[np.uint8]) -> UInt8[Tensor, "3 height width"]:
    """Views a `height width 3` array as a channels-first tensor, without copying."""
    return from_numpy(pixels).permute(2, 0, 1)


def as_pixels(image: UInt8[Tensor, "3 height width"]) -> npt.NDArray[np.uint8]:
    """Views a channels-first tensor as a `height width 3` array; copies only if it is not channels-last in memory."""
    return np.ascontiguousarray(image.permute(1, 2, 0).numpy())


def _decoder_of(header: ImageHeader) -> Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.uint8] | None]:
    if header.format == "PNM" and header.mode != _ONE_BIT:
        return decode_pnm  # of OpenCV and Pillow, none spreads the values of all such files
    if header.format == "TIFF":
        return decode_tiff
    return _decoded_by_pillow if header.format in _BY_PILLOW else decoded_by_opencv


def _decoded_by_pillow(encoded: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8] | None:
    """Decodes by the plugin of the format, by the same rules; None if it cannot."""
    content = encoded.tobytes()
    found = format_of(content[:START])
    assert found is not None  # its header was read
    assert found.opener is not None
    try:
        picture = found.opener(io.BytesIO(content))
        picture.load()
    except (OSError, SyntaxError, ValueError, EOFError, struct.error):
        return None
    if picture.mode.startswith("I;16"):
        grey = np.asarray(picture).astype(np.uint16) >> 8
        return np.repeat(grey.astype(np.uint8)[..., None], 3, axis=2)
    if picture.mode not in ("L", "LA", "P", "RGB", "RGBA", "CMYK"):
        return None
    return np.array(picture.convert("RGB"), dtype=np.uint8)  # a view could not be written to


def _orientation_for(path: str | Path, header: ImageHeader, expected_size: tuple[int, int] | None) -> int:
    if expected_size in (None, header.shown_size):
        return header.orientation
    if expected_size == header.stored_size:
        return _UPRIGHT
    assert expected_size is not None
    (height, width), (other_height, other_width) = header.shown_size, expected_size
    hint = (
        "They are exchanged: the image was turned after it was annotated. "
        if (height, width) == (other_width, other_height)
        else ""
    )
    raise DataError(
        f"{path}: the image is {width}×{height} but its annotation says {other_width}×{other_height}. {hint}"
        "Put back the image that was annotated, or correct width and height."
    )


def turned(pixels: npt.NDArray[np.uint8], orientation: int) -> npt.NDArray[np.uint8]:
    """Turns stored pixels upright: orientations 5 to 8 exchange the axes, then some are mirrored.

    Args:
        pixels: As they are stored.
        orientation: Of EXIF, 1 to 8.
    """
    if orientation == _UPRIGHT:
        return pixels
    upright = pixels.transpose(1, 0, 2) if orientation >= 5 else pixels
    upright = upright[::-1] if orientation in (3, 4, 7, 8) else upright
    upright = upright[:, ::-1] if orientation in (2, 3, 6, 7) else upright
    return np.ascontiguousarray(upright)
