"""One way in for a picture: whatever it is, it becomes 8-bit RGB by the rules of files."""

import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, TiffImagePlugin
from torch import Tensor

from boxwright.data.fault_kinds import FAULT_KINDS
from boxwright.data.images.header import orientation_of
from boxwright.data.images.reading import decode_image, read_image, turned
from boxwright.data.images.value_depth import comes_out_dark
from boxwright.data.reading_limits import DEFAULT_LIMITS, ReadingLimits
from boxwright.errors import DataError

_CHANNELS = (1, 2, 3, 4)  # grey, grey with alpha, colour, colour with alpha
_UPRIGHT = 1
_WHITE = 255
_DARK = (
    "Pictures of 16 bits per value came out nearly black, since the upper 8 bits are kept. To mend that, "
    f"{FAULT_KINDS['dark-sixteen-bits'].cure}."
)
_FORMS = (
    "Give uint8 values 0 to 255, uint16 values 0 to 65535, float values 0 to 1, or bool values, in an array "
    "height × width × channels or a tensor channels × height × width, of 1 (grey), 2 (grey, alpha), 3 or 4 channels"
)


def rgb_pixels(
    picture: Any,
    name: str,
    *,
    channels: str = "rgb",
    expected_size: tuple[int, int] | None = None,
    limits: ReadingLimits | None = None,
) -> npt.NDArray[np.uint8]:
    """Turns a picture into RGB, `height width 3`, 0 to 255, wherever it comes from.

    A path and the bytes of an image file are read as `read_image` does, a picture of Pillow as the file that it came
    from: its EXIF orientation is applied, palette colours are looked up, alpha is dropped. Arrays are `height width`
    or `height width channels`, tensors `height width` or `channels height width`, with 1 channel (grey), 2 (grey and
    alpha), 3, or 4 (colour and alpha). Their type says what white is: uint8 255, uint16 65535 (the upper 8 bits are
    kept), float 1, bool True. No other type says it, so others are refused.

    Args:
        picture: A path, bytes, picture of Pillow, tensor, or anything that numpy takes for an array.
        name: What to call it in messages.
        channels: Order of the colours of arrays and tensors, "rgb" or "bgr".
        expected_size: Height and width that the annotations state. Where these fit a file or a picture of Pillow only
            as it is stored, it is not turned; None to turn it always.
        limits: What is refused of files and of pictures of Pillow.

    Raises:
        DataError: It is no picture, or there is no telling what is white in it; the message has the cure.
    """
    if isinstance(picture, str | os.PathLike):
        return read_image(Path(picture), expected_size, limits)
    if isinstance(picture, bytes | bytearray | memoryview):
        return decode_image(np.frombuffer(picture, dtype=np.uint8), name, expected_size, limits)
    if isinstance(picture, Image.Image):
        return _of_pillow(picture, name, expected_size, limits or DEFAULT_LIMITS)
    if isinstance(picture, Tensor):
        return _of_array(*_of_tensor(picture, name), name, channels)
    if not is_array(picture):
        raise DataError(f"{name}: a {type(picture).__name__} is no picture. {_FORMS}, a picture of Pillow, or a file.")
    array = np.asarray(picture)
    return _of_array(array, f"array of shape {array.shape} and type {array.dtype}", name, channels)


def is_array(value: Any) -> bool:
    """Says whether numpy takes a value for an array: arrays, pictures of Pillow, and those of other libraries.

    Args:
        value: Anything.
    """
    # a picture of Pillow that is closed raises an error for the question
    return isinstance(value, Image.Image) or hasattr(value, "__array_interface__") or hasattr(value, "__array__")


def _of_pillow(
    picture: Image.Image, name: str, expected_size: tuple[int, int] | None, limits: ReadingLimits
) -> npt.NDArray[np.uint8]:
    if picture.width * picture.height > limits.max_pixels:
        raise DataError(
            f"{name}: the picture is {picture.width}×{picture.height}; at most {limits.max_pixels:,} pixels are "
            "allowed. Shrink it."
        )
    what = f"picture of Pillow of mode {picture.mode} and size {picture.width}×{picture.height}"
    is_turned = isinstance(picture, TiffImagePlugin.TiffImageFile)  # Pillow turns these as it decodes them
    try:
        orientation = _UPRIGHT if is_turned else orientation_of(picture)
        if picture.mode in ("RGBa", "La"):  # colours times alpha, of which Pillow knows one way back
            picture = picture.convert(picture.mode.upper())
        if picture.mode != "F" and not picture.mode.startswith("I"):
            picture = picture.convert("RGB")
        array = np.asarray(picture)
        if picture.mode == "I" and picture.format in ("PNG", "PPM"):  # which Pillow makes of 16 bits
            array = array.astype(np.uint16)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise DataError(f"{name}: this {what} cannot be decoded ({error}). Give it in mode RGB.") from error
    pixels = _of_array(array, what, name, "rgb")
    is_as_stored = expected_size == pixels.shape[:2] != turned(pixels, orientation).shape[:2]
    return pixels if is_as_stored else turned(pixels, orientation)


def _of_tensor(tensor: Tensor, name: str) -> tuple[npt.NDArray[Any], str]:
    """Gives a tensor as an array with the channels last, and its description."""
    what = f"tensor of shape {tuple(tensor.shape)} and type {str(tensor.dtype).removeprefix('torch.')}"
    try:
        plain = tensor.detach().cpu()
        array = (plain.float() if plain.is_floating_point() else plain).numpy()
    except (TypeError, RuntimeError, NotImplementedError) as error:
        raise DataError(f"{name}: this {what} has no plain values ({error}). {_FORMS}.") from error
    if array.ndim == 3 and array.shape[0] not in _CHANNELS:
        cure = "Put the channels first: tensor.permute(2, 0, 1)" if array.shape[-1] in _CHANNELS else _FORMS
        raise DataError(f"{name}: a {what} is no image. {cure}.")
    return np.moveaxis(array, 0, -1) if array.ndim == 3 else array, what


def _of_array(array: npt.NDArray[Any], what: str, name: str, channels: str) -> npt.NDArray[np.uint8]:
    grey = array[..., None] if array.ndim == 2 else array
    if grey.ndim != 3 or grey.shape[2] not in _CHANNELS or 0 in grey.shape:
        is_first = grey.ndim == 3 and grey.shape[0] in _CHANNELS and 0 not in grey.shape
        cure = "Put the channels last: numpy.moveaxis(array, 0, -1)" if is_first else _FORMS
        raise DataError(f"{name}: {_article(what)} is no image. {cure}.")
    colors = grey[..., : 3 if grey.shape[2] > 2 else 1]  # without alpha
    values = np.broadcast_to(_in_bytes(colors, what, name), (*grey.shape[:2], 3))
    return np.array(values[..., ::-1] if channels == "bgr" else values, order="C")


def _in_bytes(values: npt.NDArray[Any], what: str, name: str) -> npt.NDArray[np.uint8]:
    """Gives values as 0 to 255, by what their type says about white."""
    kind, size = values.dtype.kind, values.dtype.itemsize
    if kind == "u" and size == 1:
        return values
    if kind == "u" and size == 2:
        upper: npt.NDArray[np.uint8] = (values >> 8).astype(np.uint8)
        if comes_out_dark(upper):
            warnings.warn(_DARK, stacklevel=2)  # without a name, so that it is said once
        return upper
    if kind == "b":
        return values.astype(np.uint8) * np.uint8(_WHITE)
    if kind != "f":
        raise DataError(
            f"{name}: {_article(what)} does not say which value is white. For values 0 to 255 give "
            "astype(numpy.uint8) of it as an array, for 0 to 65535 astype(numpy.uint16), for 0 to 1 float values."
        )
    if not np.isfinite(values).all():
        raise DataError(f"{name}: {_article(what)} has values that are not finite (NaN or infinite). Replace them.")
    scaled = np.rint(values.astype(np.float32) * _WHITE)
    if scaled.min() < 0 or scaled.max() > _WHITE:
        raise DataError(
            f"{name}: {_article(what)} has values from {values.min():g} to {values.max():g}; float images are 0 to 1. "
            "Divide by the value of white (255 for values 0 to 255), and clip what is beyond."
        )
    return scaled.astype(np.uint8)


def _article(what: str) -> str:
    return f"{'an' if what.startswith('a') else 'a'} {what}"
