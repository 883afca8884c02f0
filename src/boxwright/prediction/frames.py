"""Reading sources image by image, videos frame by frame."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from boxwright.data import read_image
from boxwright.data.images.header import read_header
from boxwright.data.images.value_depth import comes_out_dark
from boxwright.errors import DataError
from boxwright.prediction.remarks import Remarks
from boxwright.prediction.sources import Source, SourceFile, SourcePicture, source_entries
from boxwright.prediction.video_reader import VideoReader, unreadable
from boxwright.structures import ImageOrigin

_BYTE = 8  # bits


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
        position: Number of the frame in its video, from 0; frames that cannot be read are counted.
        seconds: When it is shown, from the start of its video.
    """

    image: UInt8[np.ndarray, "height width 3"]
    origin: ImageOrigin
    name: str
    video: Video | None = None
    position: int = 0
    seconds: float = 0.0


def read_frames(source: Source, *, channels: str = "rgb", skipped: list[str] | None = None) -> Iterator[Frame]:
    """Reads one image after the other; no more than one is held.

    Args:
        source: See `expand_source`.
        channels: Order of the channels of arrays and tensors, "rgb" or "bgr".
        skipped: A file that cannot be read, or a video of which frames cannot, is an error where this is None; else its
            message is appended here and reading goes on, in a video with the next frame that can be read.

    Raises:
        DataError: A source is not usable; the message names the file.
    """
    image_id = 0
    remarks = Remarks()
    for number, entry in enumerate(source_entries(source, channels)):
        try:
            for frame in _frames_of(entry, number, image_id, remarks, skipped):
                yield frame
                image_id += 1
        except DataError as fault:
            if skipped is None:
                raise
            skipped.append(str(fault))
    remarks.say()


def _frames_of(
    entry: SourceFile | SourcePicture,
    number: int,
    image_id: int,
    remarks: Remarks,
    skipped: list[str] | None,
) -> Iterator[Frame]:
    if isinstance(entry, SourcePicture):
        image = entry.pixels(f"Picture {number} of the source")
        origin = ImageOrigin(image_id, None, (image.shape[0], image.shape[1]))
        yield Frame(image, origin, f"image-{number:06d}.png")
    elif entry.is_video:
        yield from _video_frames(entry, image_id, remarks, skipped)
    else:
        header = read_header(entry.path)
        if header.pages > 1:
            remarks.stacks.append(f"{entry.path} ({header.pages})")
        image = read_image(entry.path)
        if header.depth > _BYTE and comes_out_dark(image):
            remarks.dark.append(str(entry.path))
        origin = ImageOrigin(image_id, str(entry.path), (image.shape[0], image.shape[1]))
        yield Frame(image, origin, entry.name)


def _video_frames(entry: SourceFile, image_id: int, remarks: Remarks, skipped: list[str] | None) -> Iterator[Frame]:
    """Reads a video; that frames are lost is said at its end, or is an error at the first, with their number."""
    reader = VideoReader(entry.path)
    video, number = Video(entry.path, float(reader.rate)), 0
    try:
        pictures = iter(reader)
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
