"""Reading sources image by image, videos frame by frame."""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from jaxtyping import UInt8

from boxwright.bounded_text import listed
from boxwright.data import read_image
from boxwright.data.images.header import read_header
from boxwright.errors import DataError, counted
from boxwright.prediction.sources import Source, SourceFile, SourcePicture, source_entries
from boxwright.structures import ImageOrigin

_LISTED = 10


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
        image: RGB, 0 to 255.
        origin: Its position among all frames of the source is its image id.
        name: What it is called in the output, with forward slashes; the same for all frames of a video.
        video: Where it is a frame of a video, which.
        position: Number of the frame in its video, from 0.
    """

    image: UInt8[np.ndarray, "height width 3"]
    origin: ImageOrigin
    name: str
    video: Video | None = None
    position: int = 0


def read_frames(source: Source, *, channels: str = "rgb", skipped: list[str] | None = None) -> Iterator[Frame]:
    """Reads one image after the other; no more than one is held.

    Args:
        source: See `expand_source`.
        channels: Order of the channels of arrays and tensors, "rgb" or "bgr".
        skipped: A file that cannot be read is an error where this is None; else its message is appended here and
            reading goes on.

    Raises:
        DataError: A source is not usable; the message names the file.
    """
    image_id = 0
    stacks: list[str] = []
    for number, entry in enumerate(source_entries(source, channels)):
        try:
            for frame in _frames_of(entry, number, image_id, stacks):
                yield frame
                image_id += 1
        except DataError as fault:
            if skipped is None:
                raise
            skipped.append(str(fault))
    if stacks:
        warnings.warn(
            f"Of {counted(len(stacks), 'file')} with several pages or frames the first was used: "
            f"{listed(stacks, _LISTED)}. Save the others as files of their own, or as a video.",
            stacklevel=2,
        )


def _frames_of(entry: SourceFile | SourcePicture, number: int, image_id: int, stacks: list[str]) -> Iterator[Frame]:
    if isinstance(entry, SourcePicture):
        image = entry.pixels(f"Picture {number} of the source")
        origin = ImageOrigin(image_id, None, (image.shape[0], image.shape[1]))
        yield Frame(image, origin, f"image-{number:06d}.png")
    elif entry.is_video:
        yield from _video_frames(entry, image_id)
    else:
        pages = read_header(entry.path).pages
        if pages > 1:
            stacks.append(f"{entry.path} ({pages})")
        image = read_image(entry.path)
        origin = ImageOrigin(image_id, str(entry.path), (image.shape[0], image.shape[1]))
        yield Frame(image, origin, entry.name)


def _video_frames(entry: SourceFile, image_id: int) -> Iterator[Frame]:
    capture = cv2.VideoCapture(str(entry.path))
    try:
        rate = capture.get(cv2.CAP_PROP_FPS) if capture.isOpened() else 0.0
        video = Video(entry.path, rate if 0 < rate < 1000 else 25.0)
        position = 0
        while True:
            is_read, pixels = capture.read()
            if not is_read:
                break
            image = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB), dtype=np.uint8)
            origin = ImageOrigin(image_id + position, str(entry.path), (image.shape[0], image.shape[1]))
            yield Frame(image, origin, entry.name, video, position)
            position += 1
    finally:
        capture.release()
    if not position:
        raise DataError(
            f"{entry.path}: no frame of this video can be decoded. Convert it to MP4 (H.264), or take it out."
        )
