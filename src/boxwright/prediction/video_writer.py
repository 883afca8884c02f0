"""Writing a video whose frames keep their times."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from boxwright.errors import DataError
from boxwright.writing.atomic_file import put_in_place
from boxwright.writing.own_mark import mark_film

CODEC = "mpeg4"
_TICKS = 60_000  # per second; the codec allows 65,535
_BITS_PER_PIXEL = 4


class VideoWriter:
    """Writes an MP4 file that appears when it is complete; nothing that is there is written over.

    A frame is shown until the next one begins, so a video with frames of unequal length, or with gaps, stays in time.

    Args:
        path: Where to; the folder is there.
        size: Height and width of the pictures; others are scaled to it.
        rate: Frames per second, on average.

    Raises:
        DataError: It cannot be written there.
    """

    def __init__(self, path: Path, size: tuple[int, int], rate: float) -> None:
        self.path, self.size = path, size
        self._part = path.with_name(f".boxwright-{path.stem[:100]}.{id(self)}.part")
        self._last = -1
        self._stream: Any
        try:
            self._part.open("xb").close()  # FFmpeg would say only later that it cannot
            self._container = av.open(str(self._part.absolute()), "w", format="mp4")
            self._stream = self._container.add_stream(CODEC, rate=Fraction(rate).limit_denominator(1001))
        except (av.FFmpegError, OSError) as error:
            raise self._refused(error) from error
        self._stream.height, self._stream.width = size
        self._stream.pix_fmt = "yuv420p"
        self._stream.codec_context.time_base = Fraction(1, _TICKS)
        self._stream.bit_rate = min(int(size[0] * size[1] * rate * _BITS_PER_PIXEL), 2**30)

    def write(self, frame: Any, seconds: float) -> None:
        """Adds a picture.

        Args:
            frame: From `film_frame`.
            seconds: When it is shown, later than the one before.
        """
        if (frame.height, frame.width) != self.size:
            frame = frame.reformat(height=self.size[0], width=self.size[1])
        self._last = frame.pts = max(round(seconds * _TICKS), self._last + 1)
        frame.time_base = Fraction(1, _TICKS)
        try:
            self._container.mux(self._stream.encode(frame))
        except (av.FFmpegError, OSError) as error:
            raise self._refused(error) from error

    def close(self, *, is_whole: bool) -> None:
        """Ends the file: gives it its name, or takes it away.

        Args:
            is_whole: Whether all pictures have come.
        """
        try:
            if is_whole:
                self._container.mux(self._stream.encode(None))
            self._container.close()
            if is_whole:
                mark_film(self._part)
                put_in_place(self._part, self.path)
        except (av.FFmpegError, OSError) as error:
            raise self._refused(error) from error
        finally:
            self._part.unlink(missing_ok=True)

    def _refused(self, error: Exception) -> DataError:
        cause = getattr(error, "strerror", None) or error
        return DataError(
            f"{self.path}: a video cannot be written there ({cause}). Choose another place, or save='json'."
        )
