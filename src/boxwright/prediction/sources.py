"""What can be predicted on: files, folders, patterns, videos, arrays, tensors, and lists of them."""

import glob
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from torch import Tensor

from boxwright.errors import DataError, unknown_name

IMAGE_SUFFIXES = (".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
VIDEO_SUFFIXES = (".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".webm")

CHANNEL_ORDERS = ("rgb", "bgr")
# path, folder, pattern, array, tensor, picture of Pillow, or any number of them
Source: TypeAlias = Any


@dataclass(frozen=True, slots=True)
class SourceFile:
    """An image or video file.

    Args:
        path: Where it is.
        name: What it is called in the output: its path below the folder that was given, else its file name.
    """

    path: Path
    name: str

    @property
    def is_video(self) -> bool:
        """Whether the suffix is that of a video."""
        return self.path.suffix.lower() in VIDEO_SUFFIXES


def expand_source(source: Source, channels: str = "rgb") -> Iterator[SourceFile | np.ndarray]:
    """Lists what a source stands for, in order: files by name, images as RGB arrays.

    A folder stands for the images and videos in it and its subfolders, a pattern (`*`, `?`, `**`) for the files it
    matches; both sorted by name. Arrays are `height width 3`, tensors `3 height width`, both uint8, one or a
    batch of them. Every path of a list is looked up before the first item comes; other iterables are read as
    they come.

    Args:
        source: A path, folder, pattern, array, tensor or Pillow picture, or any number of them.
        channels: Order of the channels of arrays and tensors, "rgb" or "bgr".

    Raises:
        DataError: A file is missing, a suffix is not supported, nothing is found, or an array does not fit.
        ConfigError: The order of channels is unknown.
    """
    if channels not in CHANNEL_ORDERS:
        raise unknown_name("order of channels", channels, CHANNEL_ORDERS)
    if isinstance(source, (str, Path)):
        yield from expand_path(source)
    elif isinstance(source, (np.ndarray, Tensor)) or hasattr(source, "__array_interface__"):
        yield from _as_images(source, channels)
    elif isinstance(source, (list, tuple)):
        files = _expand_paths([entry for entry in source if isinstance(entry, (str, Path))])
        for entry in source:
            yield from next(files) if isinstance(entry, (str, Path)) else expand_source(entry, channels)
    elif isinstance(source, Iterable):
        for entry in source:
            yield from expand_source(entry, channels)
    else:
        raise DataError(
            f"Cannot predict on a {type(source).__name__}. Give a file, folder, pattern, uint8 array or tensor, or a "
            "list of them."
        )


def expand_path(path: str | Path) -> list[SourceFile]:
    """Lists the files that one path, folder or pattern stands for.

    Args:
        path: Of an image, a video or a folder, or a pattern.

    Raises:
        DataError: Nothing is there, or the suffix is not supported.
    """
    place = Path(path).expanduser()
    if place.is_dir():
        return _files_of_folder(place)
    if place.is_file():
        if not _is_supported(place):
            raise DataError(f"{place}: files of type {place.suffix!r} are not supported. {_supported()}")
        return [SourceFile(place, place.name)]
    if glob.has_magic(str(path)):
        found = sorted(Path(match) for match in glob.glob(str(place), recursive=True))
        files = [SourceFile(match, match.name) for match in found if match.is_file() and _is_supported(match)]
        if files:
            return files
        raise DataError(f"The pattern {path} matches no image or video. {_supported()}")
    if "://" in str(path):
        raise DataError(f"{path} is an address. Download it first and give the file.")
    raise DataError(f"There is no file or folder {place}. Correct the path (looked from {Path.cwd()}).")


def _expand_paths(paths: list[str | Path]) -> Iterator[list[SourceFile]]:
    """Expands all paths of a list; what is wrong with any of them is one error."""
    expanded, faults = [], []
    for path in paths:
        try:
            expanded.append(expand_path(path))
        except DataError as fault:
            faults.append(str(fault))
    if faults:
        raise DataError("\n".join(faults))
    return iter(expanded)


def _files_of_folder(folder: Path) -> list[SourceFile]:
    inside = (path for path in folder.rglob("*") if path.is_file() and _is_supported(path))
    visible = (path for path in inside if not any(part.startswith(".") for part in path.relative_to(folder).parts))
    files = [SourceFile(path, path.relative_to(folder).as_posix()) for path in sorted(visible)]
    if not files:
        raise DataError(f"There is no image or video in {folder} or its subfolders. {_supported()}")
    return files


def _as_images(given: Any, channels: str) -> list[np.ndarray]:
    """Checks an array or tensor of one or several images and views it as RGB arrays."""
    if isinstance(given, Tensor):
        kind, wanted = "tensor", "3 × height × width"
        found, fits = tuple(given.shape), given.ndim in (3, 4) and given.shape[-3] == 3
        array = np.moveaxis(given.detach().cpu().numpy(), -3, -1) if fits else np.zeros(0)
        is_bytes = str(given.dtype) == "torch.uint8"
    else:
        if hasattr(given, "convert"):  # a picture of Pillow
            given, channels = given.convert("RGB"), "rgb"
        array, kind, wanted = np.asarray(given), "array", "height × width × 3"
        found, fits, is_bytes = array.shape, array.ndim in (3, 4) and array.shape[-1] == 3, array.dtype == np.uint8
    if not fits or not is_bytes or 0 in found:
        raise DataError(
            f"An {kind} of shape {found} and type {given.dtype} is no image. Give uint8 values 0 to 255 of shape "
            f"{wanted}, or a batch of them."
        )
    if channels == "bgr":
        array = array[..., ::-1]
    batch = array if array.ndim == 4 else array[None]
    return [np.ascontiguousarray(image) for image in batch]


def _is_supported(path: Path) -> bool:
    return path.suffix.lower() in IMAGE_SUFFIXES + VIDEO_SUFFIXES


def _supported() -> str:
    return f"Supported: images {', '.join(IMAGE_SUFFIXES)}; videos {', '.join(VIDEO_SUFFIXES)}."
