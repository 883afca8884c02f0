"""What can be wrong with one image file."""

import hashlib
import io
import os
import stat
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import UInt8
from PIL import Image

from boxwright.data.faults import Fault
from boxwright.data.images.file_formats import FILE_FORMATS
from boxwright.data.images.header import header_of, read_header
from boxwright.data.images.image_header import ImageHeader
from boxwright.data.images.image_windows import Pixels
from boxwright.data.images.quick_look import ENDS, TAIL, quick_look
from boxwright.data.images.reading import decode_image, read_image
from boxwright.data.images.value_depth import comes_out_dark
from boxwright.data.images.view_features import ViewFeatures, view_features
from boxwright.data.reading_limits import ReadingLimits
from boxwright.errors import DataError

MODES = {
    "1": "black and white, repeated over three channels",
    "L": "grey, repeated over three channels",
    "LA": "grey with alpha: grey is repeated over three channels, alpha dropped",
    "P": "palette, colours are looked up",
    "PA": "palette with alpha: colours are looked up, alpha dropped",
    "RGBA": "RGB with alpha, alpha is dropped",
    "CMYK": "CMYK, converted without a colour profile",
}
"""What becomes of images that are not 8-bit RGB, by Pillow's word for them."""

_SUFFIXES = {each.name: each.suffixes for each in FILE_FORMATS}
THUMBNAIL = 16  # pixels along a side
_BYTE = 8  # bits


@dataclass(frozen=True, slots=True)
class ImageFinding:
    """What was found about one image.

    Args:
        faults: Errors, warnings and notes.
        digest: Of the decoded pixels; equal digests are equal images. None if the image was not decoded.
        thumbnail: A small grey copy, to find images that look alike. None if the image was not decoded.
        features: Points by which images of one place are found. None if they were not sought.
    """

    faults: tuple[Fault, ...]
    digest: bytes | None = None
    thumbnail: UInt8[np.ndarray, "_height _width"] | None = None
    features: ViewFeatures | None = None

    @property
    def is_usable(self) -> bool:
        """Whether training can use the image."""
        return all(fault.severity != "error" for fault in self.faults)


SOUND = ImageFinding(())
"""Of all images that are as they should be and were not decoded; a million would take 100 MB."""


def check_image(
    path: str,
    size: tuple[int, int],
    limits: ReadingLimits,
    *,
    decode: bool,
    features: int = 0,
    encoded: Pixels | None = None,
) -> ImageFinding:
    """Checks one image file.

    Args:
        path: The file.
        size: Height and width that the annotations state.
        limits: What is refused.
        decode: Whether to decode the image; else its header and its end are looked at, which finds everything but
            damage in the middle of a file.
        features: How many points to seek in a decoded image at most.
        encoded: The bytes of the file, where it does not lie at its path.
    """
    look = quick_look(path) if encoded is None else None
    header = usable_header(path, limits, encoded) if look is None else look[0]
    if not isinstance(header, Fault) and (refused := limits.refused_size(header.stored_size)):
        header = Fault("image-too-large", path, None, refused)
    if isinstance(header, Fault):
        return ImageFinding((header,))
    faults = _header_faults(path, header, size)
    if not (look is not None and look[1]) and not is_whole(path, header, encoded):
        faults.append(Fault("image-truncated", path, None, f"the {header.format} file is cut off: its end is missing"))
    finding = ImageFinding(tuple(faults)) if faults else SOUND
    if not decode or not finding.is_usable:
        return finding
    try:
        if encoded is None:
            pixels = read_image(path, size, limits, header=header)
        else:
            pixels = decode_image(encoded, path, size, limits, header=header)
    except DataError as error:
        return ImageFinding((*faults, _fault("unreadable-image", path, error)))
    if header.depth > _BYTE and comes_out_dark(pixels):
        text = f"the highest value is {int(pixels.max())} of 255 once the upper 8 of {header.depth} bits are kept"
        faults.append(Fault("dark-sixteen-bits", path, None, text))
    digest = hashlib.blake2b(pixels.data, digest_size=16, key=repr(pixels.shape).encode()).digest()
    grey = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    thumbnail = np.asarray(cv2.resize(grey, (THUMBNAIL, THUMBNAIL), interpolation=cv2.INTER_AREA), dtype=np.uint8)
    return ImageFinding(tuple(faults), digest, thumbnail, view_features(grey, features) if features else None)


def usable_header(path: str, limits: ReadingLimits, encoded: Pixels | None = None) -> ImageHeader | Fault:
    """Reads the header of an image, or says why the image cannot be used.

    Args:
        path: The file.
        limits: What is refused.
        encoded: The bytes of the file, where it does not lie at its path.
    """
    look = quick_look(path) if encoded is None else None
    if look is not None:
        refused = limits.refused_size(look[0].stored_size)
        return look[0] if refused is None else Fault("image-too-large", path, None, refused)
    try:
        found = os.stat(path) if encoded is None else None
        if found is not None and not stat.S_ISREG(found.st_mode):  # reading a pipe would wait for ever
            return Fault("unreadable-image", path, None, "it is not a file but a folder, a pipe or a device")
        if found is not None and found.st_size == 0:
            return Fault("image-empty", path, None, "the file has no bytes")
        header = read_header(path) if encoded is None else header_of(encoded.tobytes(), path)
    except FileNotFoundError:
        return Fault("missing-image", path, None, "the file does not exist")
    except (DataError, OSError) as error:
        return _fault("unreadable-image", path, error)
    refused = limits.refused_size(header.stored_size)
    return header if refused is None else Fault("image-too-large", path, None, refused)


def is_whole(path: str, header: ImageHeader, encoded: Pixels | None = None) -> bool:
    """Says whether a file has its end; looks at the last bytes, and decodes the image where they leave a doubt.

    Some versions of OpenCV decode a JPEG that is cut off, and fill what is missing with grey.

    Args:
        path: A JPEG or PNG file; others count as whole, decoding tells about them.
        header: Of the file.
        encoded: The bytes of the file, where it does not lie at its path.
    """
    end = ENDS.get(header.format)
    if end is None or end in _tail(path, encoded):
        return True
    try:  # something may follow the image, as in the files of some telephones
        with Image.open(path if encoded is None else io.BytesIO(encoded.tobytes())) as picture:
            picture.load()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return False
    return True


def _tail(path: str, encoded: Pixels | None) -> bytes:
    if encoded is not None:
        return encoded[-TAIL:].tobytes()
    with open(path, "rb") as file:
        file.seek(max(0, os.path.getsize(path) - TAIL))
        return file.read()


def _header_faults(path: str, header: ImageHeader, size: tuple[int, int]) -> list[Fault]:
    found = []
    if size not in (header.shown_size, header.stored_size):
        shown, stated = header.shown_size, size
        turned = "; the sides are exchanged" if shown == stated[::-1] else ""
        text = f"the image is {shown[1]}×{shown[0]} pixels, its annotation says {stated[1]}×{stated[0]}{turned}"
        found.append(("image-size", text))
    elif header.orientation != 1:
        frame = "turned as viewers show it" if size == header.shown_size else "left as it is stored"
        text = f"EXIF orientation {header.orientation}; the image is {frame}, which is the frame of its annotation"
        found.append(("image-rotated", text))
    rule = _pixel_rule(header)
    if rule is not None:
        found.append(("image-mode", rule))
    if header.pages > 1:
        found.append(("image-pages", f"the {header.format} file has {header.pages} pictures; the first is used"))
    suffix = os.path.splitext(path)[1].lower()
    if suffix not in _SUFFIXES[header.format]:
        found.append(("image-extension", f"the file is {header.format}, its name ends in {suffix or 'nothing'}"))
    name = os.path.basename(path)
    if " " in name or not name.isascii() or not name.isprintable():
        found.append(("odd-name", f"the name {name!r} has spaces, control characters or letters outside ASCII"))
    return [Fault(code, path, None, text) for code, text in found]


def _pixel_rule(header: ImageHeader) -> str | None:
    """Says what becomes of pixels that are not 8-bit RGB."""
    if header.depth > _BYTE:
        kind = "grey" if header.mode[:1] in ("I", "L", "F") else header.mode.partition(";")[0]
        return f"{header.depth}-bit {kind}, the upper 8 bits are kept"
    return MODES.get(header.mode)


def _fault(code: str, path: str, error: DataError | OSError) -> Fault:
    """Takes a message apart that begins with the file and ends with the cure."""
    what, _, cure = str(error).removeprefix(f"{path}: ").partition(". ")
    return Fault(code, path, None, what, cure[:1].lower() + cure[1:].rstrip("."))
