"""What can be predicted on: files, folders, patterns, videos, arrays, tensors, and lists of them."""

import glob
import io
import logging
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from torch import Tensor

from boxwright.data.images.file_formats import IMAGE_SUFFIXES, format_of_file, looks_like_image, suffix_of
from boxwright.data.images.folder_scan import scan_folder
from boxwright.data.images.rgb import is_array, rgb_pixels
from boxwright.errors import DataError, counted, unknown_name
from boxwright.prediction.own_pictures import without_own
from boxwright.prediction.streams import SourceStream, stream_of
from boxwright.settings.given_paths import no_source

VIDEO_SUFFIXES = (".avi", ".m4v", ".mjpeg", ".mjpg", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".webm")

CHANNEL_ORDERS = ("rgb", "bgr")
_NAMED = 3
_log = logging.getLogger(__name__)
# path, folder, pattern, array, tensor, picture of Pillow, camera, address, or any number of them
Source: TypeAlias = Any


@dataclass(frozen=True, slots=True)
class SourceFile:
    """An image or video file.

    Args:
        path: Where it is.
        name: What it is called in the output, with forward slashes: its path below the folder that was given, below the
            part of a pattern without wildcards, or below the folder that all paths of a list have in common. Two files
            of a source never have the same name.
    """

    path: Path
    name: str

    @property
    def is_video(self) -> bool:
        """Whether the suffix is that of a video."""
        return self.path.suffix.lower() in VIDEO_SUFFIXES


@dataclass(frozen=True, slots=True)
class SourcePicture:
    """A picture in memory.

    Args:
        picture: An array, tensor, picture of Pillow, or the bytes of an image file.
        channels: Order of the colours of arrays and tensors, "rgb" or "bgr".
    """

    picture: Any
    channels: str = "rgb"

    def pixels(self, name: str) -> np.ndarray:
        """Gives it as an RGB array, `height width 3`, 0 to 255, by the rules of `rgb_pixels`.

        Args:
            name: What to call it in messages.

        Raises:
            DataError: It is no picture, or there is no telling what is white in it.
        """
        return rgb_pixels(self.picture, name, channels=self.channels)


def expand_source(source: Source, channels: str = "rgb") -> Iterator[SourceFile | SourceStream | np.ndarray]:
    """Lists what a source stands for, in order: files by name, images as RGB arrays, cameras and streams by address.

    A folder stands for the images and videos in it and its subfolders, a pattern (`*`, `?`, `**`) for the files it
    matches; both sorted by name. Arrays are `height width channels`, tensors `channels height width`, one or a batch
    of them; what becomes of their values says `rgb_pixels`. Every path of a list is looked up before the first item
    comes; other iterables are read as they come.

    Args:
        source: A path, folder, pattern, array, tensor, Pillow picture or the bytes of an image file, the number of a
            camera, an address (`rtsp://…`, `http://…`), or any number of them.
        channels: Order of the channels of arrays and tensors, "rgb" or "bgr".

    Raises:
        DataError: A file is missing, a suffix is not supported, nothing is found, or an array does not fit.
        ConfigError: The order of channels is unknown.
    """
    for number, entry in enumerate(source_entries(source, channels)):
        yield entry.pixels(f"Picture {number} of the source") if isinstance(entry, SourcePicture) else entry


def source_entries(source: Source, channels: str = "rgb") -> Iterator[SourceFile | SourcePicture | SourceStream]:
    """Lists what a source stands for, as `expand_source` does; pictures in memory come as they are.

    Args:
        source: See `expand_source`.
        channels: Order of the channels of arrays and tensors, "rgb" or "bgr".

    Raises:
        DataError: A file is missing, a suffix is not supported, or nothing is found.
        ConfigError: The order of channels is unknown.
    """
    if channels not in CHANNEL_ORDERS:
        raise unknown_name("order of channels", channels, CHANNEL_ORDERS)
    if isinstance(source, SourceFile | SourceStream):
        yield source
    elif (stream := stream_of(source)) is not None:
        yield stream
    elif isinstance(source, str | os.PathLike):
        yield from expand_path(source)
    elif isinstance(source, bytes | bytearray | memoryview):
        yield SourcePicture(source, channels)
    elif isinstance(source, Tensor) or is_array(source):
        batch = source if getattr(source, "ndim", 3) == 4 else [source]
        yield from (SourcePicture(picture, channels) for picture in batch)
    elif isinstance(source, (list, tuple)):
        for entry in listed(source):
            yield from source_entries(entry, channels)
    elif isinstance(source, Iterable) and not isinstance(source, io.IOBase | Mapping):
        for entry in source:
            is_path = isinstance(entry, str | os.PathLike) and stream_of(entry) is None
            yield from _below(expand_path(entry), Path.cwd()) if is_path else source_entries(entry, channels)
    else:
        raise DataError(
            f"Cannot predict on a {type(source).__name__}. Give a file, folder, pattern, array, tensor, picture of "
            "Pillow, the bytes of an image file (of an open file: file.read()), the number of a camera or an address, "
            "or a list of them."
        )


def listed(source: Source) -> list[Any]:
    """Looks up all paths of a source at once and puts their files in their place; what is no path stays.

    Args:
        source: See `expand_source`; an iterable that is read as it comes is one entry.

    Raises:
        DataError: Nothing is there, or the suffix is not supported; one error for all paths.
    """
    entries = list(_leaves(source))
    paths = [entry for entry in entries if isinstance(entry, str | os.PathLike)]
    files = _expand_paths(paths)
    return [each for entry in entries for each in (next(files) if isinstance(entry, str | os.PathLike) else [entry])]


def _leaves(source: Source) -> Iterator[Any]:
    if isinstance(source, (list, tuple)):
        for entry in source:
            yield from _leaves(entry)
    else:
        yield stream_of(source) or source


def expand_path(path: str | os.PathLike[str]) -> list[SourceFile]:
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
        if not _is_supported(place) and format_of_file(place) is None:
            raise DataError(f"{place}: files of type {place.suffix!r} are not supported. {_supported()}")
        return [SourceFile(place, place.name)]
    if glob.has_magic(str(path)):
        top = _root(place)
        pattern = str(Path(glob.escape(str(top)), *place.parts[len(top.parts) :]))
        found = sorted(Path(match) for match in glob.glob(pattern, recursive=True))
        files = [match for match in found if match.is_file() and _is_supported(match)]
        _say_unused(
            [each for each in found if each.is_file() and not _is_supported(each) and looks_like_image(str(each))], path
        )
        if files:
            return [SourceFile(each, each.relative_to(top).as_posix()) for each in without_own(files, place)]
        raise DataError(f"The pattern {path} matches no image or video. {_supported()}")
    raise no_source(place)


def _expand_paths(paths: list[str | os.PathLike[str]]) -> Iterator[list[SourceFile]]:
    """Expands all paths of a list; what is wrong with any of them is one error."""
    expanded, faults = [], []
    for path in paths:
        try:
            expanded.append(expand_path(path))
        except DataError as fault:
            faults.append(str(fault))
    if faults:
        raise DataError("\n".join(faults))
    if len(expanded) == 1:
        return iter(expanded)
    try:
        top = Path(os.path.commonpath([os.path.abspath(_root(Path(path).expanduser())) for path in paths]))
    except ValueError:  # of several drives, or of no path
        top = Path.cwd()
    return iter([_below(files, top) for files in expanded])


def _root(place: Path) -> Path:
    """Gives the folder that names are relative to: the folder itself, that of a file, a pattern up to its wildcards."""
    if place.is_dir():
        return place
    if place.is_file():
        return place.parent
    top = Path()
    for part in place.parts:
        is_plain = not glob.has_magic(part) or (not ("*" in part or "?" in part) and (top / part).is_dir())
        if not is_plain:  # brackets in the name of a folder that is there are meant as they are
            break
        top /= part
    return top


def _below(files: Sequence[SourceFile], top: Path) -> list[SourceFile]:
    """Names files by their path below a folder; those outside it by their whole path."""
    named = []
    for file in files:
        whole = Path(os.path.abspath(file.path))
        part = whole.relative_to(top) if whole.is_relative_to(top) else Path(*whole.parts[1:])
        named.append(SourceFile(file.path, part.as_posix()))
    return named


def _files_of_folder(folder: Path) -> list[SourceFile]:
    found = scan_folder(str(folder), VIDEO_SUFFIXES)
    _say_unused(found.unused(), folder)
    files = sorted(map(Path, found.used))
    if files:
        return [SourceFile(path, path.relative_to(folder).as_posix()) for path in without_own(files, folder)]
    raise DataError(f"There is no image or video in {folder} or its subfolders. {_supported()}")


def _say_unused(files: Sequence[str | Path], where: object) -> None:
    """Logs what looks like an image and is left out."""
    if files:
        names = ", ".join(os.path.basename(file) for file in files[:_NAMED]) + (", …" if len(files) > _NAMED else "")
        _log.warning("%s: %s that may be images left out for the suffix: %s", where, counted(len(files), "file"), names)


def _is_supported(path: Path) -> bool:
    return suffix_of(path.name) in (*IMAGE_SUFFIXES, *VIDEO_SUFFIXES)


def _supported() -> str:
    return f"Supported: images {', '.join(IMAGE_SUFFIXES)}; videos {', '.join(VIDEO_SUFFIXES)}."
