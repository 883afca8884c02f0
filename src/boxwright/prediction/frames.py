"""Reading sources image by image, videos frame by frame."""

from collections import deque
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from math import prod
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from boxwright.data import read_image
from boxwright.data.images.header import read_header
from boxwright.data.images.image_windows import ImageWindows
from boxwright.data.images.tiff_windows import TiffWindows, open_tiff
from boxwright.data.images.value_depth import comes_out_dark
from boxwright.data.reading_limits import DEFAULT_LIMITS, ReadingLimits
from boxwright.errors import DataError
from boxwright.geometry.tiling import Window
from boxwright.prediction.overlap import in_order, read_ahead
from boxwright.prediction.remarks import Remarks
from boxwright.prediction.sources import Source, SourceFile, SourcePicture, source_entries
from boxwright.prediction.stream_reader import StreamReader
from boxwright.prediction.streams import SourceStream
from boxwright.prediction.video_reader import VideoReader, unreadable
from boxwright.structures import ImageOrigin

AHEAD = 4
"""Frames of a film that are decoded before they are asked for."""
_BYTE = 8  # bits
_SEEN = 1024  # pixels of the side of the part that tells whether an image comes out dark


@dataclass(frozen=True, slots=True)
class Video:
    """The video that a frame comes from.

    Args:
        path: The file.
        frames_per_second: Of the file; 25 where it does not say.
    """

    path: Path
    frames_per_second: float


@dataclass(frozen=True, slots=True)
class Frame:
    """One image on its way through the detector.

    Args:
        pixels: RGB, 0 to 255; None for an image that is read in parts.
        origin: Its position among all frames of the source is its image id.
        name: What it is called in the output, with forward slashes; the same for all frames of a video.
        video: Where it is a frame of a video, which.
        position: Number of the frame in its video, from 0; frames that cannot be read are counted.
        seconds: When it is shown, from the start of its video.
        parts: Reads an image in parts that is not decoded as a whole unless somebody asks for `image`.
    """

    pixels: UInt8[np.ndarray, "height width 3"] | None
    origin: ImageOrigin
    name: str
    video: Video | None = None
    position: int = 0
    seconds: float = 0.0
    parts: ImageWindows | None = None

    @property
    def image(self) -> UInt8[np.ndarray, "height width 3"]:
        """The whole image."""
        if self.pixels is not None:
            return self.pixels
        assert self.origin.path is not None
        return read_image(self.origin.path, limits=ReadingLimits(max_pixels=prod(self.origin.size)))

    def part(self, window: Window) -> UInt8[np.ndarray, "height width 3"]:
        """Gives a part of the image.

        Args:
            window: Inside of it.

        Raises:
            DataError: The file is damaged there.
        """
        left, top, right, bottom = window
        return self.image[top:bottom, left:right] if self.parts is None else self.parts.read(window)


def read_frames(
    source: Source,
    *,
    channels: str = "rgb",
    skipped: list[str] | None = None,
    workers: int = 0,
    limits: ReadingLimits = DEFAULT_LIMITS,
    in_parts: bool = False,
) -> Iterator[Frame]:
    """Reads one image after the other.

    Args:
        source: See `expand_source`.
        channels: Order of the channels of arrays and tensors, "rgb" or "bgr".
        skipped: A file that cannot be read, or a video of which frames cannot, is an error where this is None; else its
            message is appended here and reading goes on, in a video with the next frame that can be read.
        workers: Threads that read; some images are read before they are asked for then. 0 reads none ahead, and holds
            no more than one.
        limits: What is refused.
        in_parts: Whether files that can be read in parts (see `open_tiff`) are not decoded as a whole.

    Raises:
        DataError: A source is not usable; the message names the file.
    """
    image_id = 0
    remarks = Remarks()
    entries = enumerate(source_entries(source, channels))
    with closing(in_order(entries, partial(_opened, limits, in_parts), threads=workers)) as opened:
        for opening in opened:
            try:
                for frame in _frames_of(opening, image_id, remarks, skipped, workers):
                    yield frame
                    image_id += 1
            except DataError as fault:
                if skipped is None:
                    raise
                skipped.append(str(fault))
    remarks.say()


@dataclass(frozen=True, slots=True)
class _Opening:
    """An entry of a source, and its image or what was wrong with it; nothing yet of a film."""

    entry: SourceFile | SourcePicture | SourceStream
    name: str
    image: np.ndarray | None = None
    pages: int = 1
    is_dark: bool = False
    fault: DataError | None = None
    parts: TiffWindows | None = None

    @property
    def size(self) -> tuple[int, int] | None:
        """Height and width of an image."""
        if self.parts is not None:
            return self.parts.pieces.size
        return None if self.image is None else (self.image.shape[0], self.image.shape[1])


def _opened(
    limits: ReadingLimits, in_parts: bool, numbered: tuple[int, SourceFile | SourcePicture | SourceStream]
) -> _Opening:
    number, entry = numbered
    try:
        if isinstance(entry, SourcePicture):
            return _Opening(entry, f"image-{number:06d}.png", entry.pixels(f"Picture {number} of the source"))
        if isinstance(entry, SourceStream) or entry.is_video:
            return _Opening(entry, entry.name)
        header, parts = read_header(entry.path), open_tiff(entry.path, None, limits) if in_parts else None
        image = read_image(entry.path, limits=limits) if parts is None else None
        is_dark = header.depth > _BYTE and comes_out_dark(_start_of(parts) if image is None else image)
        return _Opening(entry, entry.name, image, header.pages, is_dark, parts=parts)
    except DataError as fault:
        return _Opening(entry, "", fault=fault)


def _start_of(parts: TiffWindows | None) -> UInt8[np.ndarray, "height width 3"]:
    assert parts is not None
    height, width = parts.pieces.size
    return parts.read((0, 0, min(width, _SEEN), min(height, _SEEN)))


def _frames_of(
    opening: _Opening, image_id: int, remarks: Remarks, skipped: list[str] | None, workers: int
) -> Iterator[Frame]:
    entry, image = opening.entry, opening.image
    if opening.fault is not None:
        raise opening.fault
    if (size := opening.size) is not None:
        path = entry.path if isinstance(entry, SourceFile) else None
        if opening.pages > 1:
            remarks.stacks.append(f"{path} ({opening.pages})")
        if opening.is_dark:
            remarks.dark.append(str(path))
        origin = ImageOrigin(image_id, None if path is None else str(path), size)
        yield Frame(image, origin, opening.name, parts=opening.parts)
    elif isinstance(entry, SourceStream):
        yield from _stream_frames(entry, image_id)
    elif isinstance(entry, SourceFile):
        yield from _video_frames(entry, image_id, remarks, skipped, AHEAD if workers else 0)


def _stream_frames(entry: SourceStream, image_id: int) -> Iterator[Frame]:
    with closing(StreamReader(entry)) as reader:
        video = Video(Path(entry.name), reader.rate)
        for number, picture in enumerate(reader):
            origin = ImageOrigin(image_id + number, None, (picture.image.shape[0], picture.image.shape[1]))
            yield Frame(picture.image, origin, entry.name, video, picture.position, picture.seconds)


def _video_frames(
    entry: SourceFile, image_id: int, remarks: Remarks, skipped: list[str] | None, ahead: int
) -> Iterator[Frame]:
    """Reads a video; that frames are lost is said at its end, or is an error at the first, with their number."""
    reader = VideoReader(entry.path)
    video, number = Video(entry.path, float(reader.rate)), 0
    try:
        with closing(read_ahead(reader, ahead)) as pictures:
            for number, picture in enumerate(pictures, start=1):
                if reader.lost and skipped is None:
                    deque(pictures, maxlen=0)  # to count the others too
                    break
                size = (picture.image.shape[0], picture.image.shape[1])
                origin = ImageOrigin(image_id + number - 1, str(entry.path), size)
                yield Frame(picture.image, origin, entry.name, video, picture.position, picture.seconds)
    finally:
        reader.close()
    if not number:
        raise unreadable(entry.path)
    oddity = reader.oddity()
    if oddity:
        remarks.films.append(f"{entry.path} ({oddity})")
    if not reader.lost:
        return
    if skipped is None:
        raise DataError(
            f"{reader.loss()} Take a whole copy of the video, or go on without these frames: --on_bad skip (in Python "
            'on_bad="skip").'
        )
    skipped.append(reader.loss())
