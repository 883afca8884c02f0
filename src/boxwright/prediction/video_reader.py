"""Reading a video to its end, past frames that cannot be decoded, with their true numbers and times."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.logging
import numpy as np
from jaxtyping import UInt8

from boxwright.errors import DataError, counted
from boxwright.prediction.frame_count import FrameCount, frame_count

USUAL_RATE = Fraction(25)
_MOST_RETRIES = 100  # of a container that gives an error in place of a packet


@dataclass(frozen=True, slots=True)
class VideoPicture:
    """A frame of a video.

    Args:
        image: RGB, upright.
        position: Its number in the video, from 0; frames that cannot be decoded are counted.
        seconds: When it is shown, from the start of the video.
    """

    image: UInt8[np.ndarray, "height width 3"]
    position: int
    seconds: float


class VideoReader:
    """Reads a video once; what of it could not be read is known as far as it was read.

    A packet that the decoder gives an error for is a lost frame; so are frames that the container lists and does not
    hold (its index in AVI and MP4, its length in others). Packets that are no pictures of their own are not.

    Args:
        path: The file.

    Raises:
        DataError: It is no video, or so damaged that it cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._container, self._backward = _opened(path), 0
        if not self._container.streams.video:
            self._container.close()
            raise unreadable(path)
        self._stream = self._container.streams.video[0]
        self._frames: FrameCount = frame_count(self._container, self._stream, sane_rate(self._stream))

    @property
    def rate(self) -> Fraction:
        """Frames per second of the file, on average; 25 where it does not say."""
        return sane_rate(self._stream)

    @property
    def lost(self) -> int:
        """How many frames could not be read."""
        return self._frames.lost

    def __iter__(self) -> Iterator[VideoPicture]:
        """Gives the frames one by one; nothing is read before it is asked for."""
        last = -math.inf
        for frame, position, seconds in self._decoded():
            self._backward, last = self._backward + (seconds < last), seconds
            try:
                image = _upright(frame)
            except (av.FFmpegError, ValueError) as error:  # pixels of a kind that has no colours
                raise unreadable(self.path) from error
            yield VideoPicture(image, position, seconds)

    def close(self) -> None:
        """Closes the file."""
        self._container.close()

    def loss(self) -> str:
        """Says how many frames could not be read, and which was the first."""
        assert self._frames.first_lost is not None
        number, seconds = self._frames.first_lost
        return (
            f"{self.path}: {counted(self.lost, 'frame')} of {self._frames.lost + self._frames.read} cannot be read, "
            f"first number {number} (at {seconds:.2f} s)."
        )

    def oddity(self) -> str:
        """Says where what was read to the end is not what the container announced; empty if it is."""
        found = self._frames.read + self.lost + len(self._frames.repeats)
        said = []
        if self._stream.frames and self._stream.frames != found:
            said.append(f"{counted(self._stream.frames, 'frame')} announced, {found:,} found")
        if self._backward:
            said.append(f"{counted(self._backward, 'frame is', 'frames are')} shown before the one before")
        return ", ".join(said)

    def _decoded(self) -> Iterator[tuple[Any, int, float]]:
        """Decodes packet by packet, so that one that fails costs no other."""
        for packet in self._packets():
            pictures: list[Any] = []
            is_damaged = False
            with _heard() as complaints:
                try:
                    pictures = packet.decode() if packet is not None else self._stream.codec_context.decode(None)
                except av.FFmpegError:
                    is_damaged = True
            if packet is not None and packet.size:
                self._frames.send(packet, is_damaged=is_damaged or packet.is_corrupt or bool(complaints))
            for picture in pictures:
                yield picture, *self._frames.receive(picture)
        self._frames.finish()

    def _packets(self) -> Iterator[Any]:
        """Reads packet by packet past errors; the last one, empty or None, empties the decoder."""
        packets, retries = self._container.demux(self._stream), 0
        while retries <= _MOST_RETRIES:
            with _heard() as complaints:
                try:
                    packet = next(packets, None)
                except av.FFmpegError:
                    packets, retries = self._container.demux(self._stream), retries + 1
                    self._frames.complain()
                    continue
            if complaints:
                self._frames.complain()
            if packet is None:
                return
            yield packet
        yield None


def unreadable(path: Path) -> DataError:
    """Builds the error for a video of which nothing can be read.

    Args:
        path: The file.
    """
    return DataError(f"{path}: no frame of this video can be decoded. Convert it to MP4 (H.264), or take it out.")


def sane_rate(stream: Any) -> Fraction:
    """Gives the frames per second of a stream; 25 where it says none, or nonsense.

    Args:
        stream: Of pictures.
    """
    rate = stream.average_rate or stream.guessed_rate
    return Fraction(rate) if rate and 0 < rate < 1000 else USUAL_RATE


def _opened(path: Path) -> Any:
    try:
        with _heard():
            return av.open(str(path.absolute()), metadata_errors="ignore")
    except (av.FFmpegError, UnicodeEncodeError) as error:
        raise unreadable(path) from error


def _upright(frame: Any) -> UInt8[np.ndarray, "height width 3"]:
    pixels = frame.to_ndarray(format="rgb24")
    quarter_turns = round(frame.rotation / 90) % 4
    return np.ascontiguousarray(np.rot90(pixels, quarter_turns)) if quarter_turns else pixels


@contextmanager
def _heard() -> Iterator[list[Any]]:
    """Collects what the libraries complain of, in place of printing it."""
    before = av.logging.get_level()
    av.logging.set_level(av.logging.ERROR)
    try:
        with av.logging.Capture(local=False) as complaints:
            yield complaints
    finally:
        av.logging.set_level(before)
