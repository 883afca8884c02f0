"""Reading a camera or a stream of a network."""

import math
import time
import warnings
from collections.abc import Iterator
from threading import Condition, Thread
from typing import Any

import cv2
import numpy as np

from boxwright.errors import DataError, counted
from boxwright.prediction.streams import SourceStream
from boxwright.prediction.video_reader import USUAL_RATE, VideoPicture

PATIENCE = 30.0
"""Seconds without a picture after which a stream of a network is taken to be lost."""


class StreamReader:
    """Reads what comes from a camera or an address, through OpenCV.

    What is live does not wait: a thread reads on, and whoever asks gets the newest picture, so that slow work sees
    fewer pictures and not older ones. Their times are those of this machine. A film at an address, which has an end,
    is read whole, picture by picture.

    Something live has no end of its own: where it ends, or gives nothing for `PATIENCE` seconds, a warning says so, and
    what was read stays. It is not opened again, since the pictures in between are lost, and their times too.

    Args:
        source: Where to read.

    Raises:
        DataError: Nothing can be read there.
    """

    def __init__(self, source: SourceStream) -> None:
        self.source = source
        self._capture: Any = _opened(source.address)
        if not self._capture.isOpened():
            self._capture.release()
            raise self._unreadable()
        rate, count = (self._capture.get(each) for each in (cv2.CAP_PROP_FPS, cv2.CAP_PROP_FRAME_COUNT))
        self.rate = float(rate) if math.isfinite(rate) and 0 < rate < 1000 else float(USUAL_RATE)
        self.is_live = isinstance(source.address, int) or not count > 0
        self._changed = Condition()
        self._newest: tuple[int, float, Any] | None = None
        self._is_over = False
        self._taken, self._seconds = 0, 0.0
        self._thread: Thread | None = None

    def __iter__(self) -> Iterator[VideoPicture]:
        """Gives pictures until the stream ends."""
        number = -1
        for number, seconds, picture in self._live() if self.is_live else self._whole():
            image = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), dtype=np.uint8)
            yield VideoPicture(image, number, seconds)
        if number < 0:
            raise self._unreadable()
        if self.is_live:
            read = counted(self._taken, "picture")
            warnings.warn(
                f"{self.source.shown}: nothing comes any more, after {read} in {self._seconds:.1f} s. What was found "
                "until then is kept; start again when the stream is back.",
                stacklevel=2,
            )

    def close(self) -> None:
        """Ends reading."""
        self._is_over = True
        if self._thread is not None:
            self._thread.join()
        self._capture.release()

    def _whole(self) -> Iterator[tuple[int, float, Any]]:
        number = 0
        while (read := self._capture.read())[0]:
            yield number, number / self.rate, read[1]
            number += 1

    def _live(self) -> Iterator[tuple[int, float, Any]]:
        self._thread = Thread(target=self._keep_newest, name="boxwright-stream", daemon=True)
        self._thread.start()
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._newest is not None or self._is_over)
                newest, self._newest = self._newest, None
            if newest is None:
                return
            yield newest

    def _keep_newest(self) -> None:
        number, start = 0, time.monotonic()
        while not self._is_over:
            there, picture = self._capture.read()
            with self._changed:
                if there:
                    self._taken, self._seconds = number + 1, time.monotonic() - start
                    self._newest = number, self._seconds, picture
                else:
                    self._is_over = True
                self._changed.notify()
            number += 1

    def _unreadable(self) -> DataError:
        return DataError(
            f"{self.source.shown}: nothing can be read there. Look whether the address or the number is right, whether "
            "it can be reached, and whether another program has it open."
        )


def _opened(address: int | str) -> Any:
    """Opens a camera, or a stream of a network with an end to waiting."""
    if isinstance(address, int):
        return cv2.VideoCapture(address)
    milliseconds = int(PATIENCE * 1000)
    waiting = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, milliseconds, cv2.CAP_PROP_READ_TIMEOUT_MSEC, milliseconds]
    return cv2.VideoCapture(address, cv2.CAP_FFMPEG, waiting)
