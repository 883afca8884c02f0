"""Which number and time a frame of a video has, and how many are lost."""

import heapq
from collections.abc import Collection, Mapping
from fractions import Fraction
from typing import Any

_WATCHFUL = 32  # frames after damage of the container in which a gap in the times is a loss


class FrameCount:
    """Goes along with a decoder: told of every packet that goes in and every frame that comes out, in order.

    Args:
        time_base: Seconds per unit of the times of the stream.
        rate: Frames per second, on average.
        start: Time of the first frame, in these units; None where every frame lasts as long as any other, as in AVI.
        total: How many frames the container lists; None if it lists none.
        length: How long the stream is, in seconds, where only that is known; else None.
        numbers: Numbers of the frames by their place in the file, where times are not to be trusted: those of AVI
            count what is found.
        repeats: Numbers of frames that are listed and hold nothing, so that the one before is shown on.
    """

    def __init__(
        self,
        time_base: Fraction,
        rate: Fraction,
        *,
        start: int | None = 0,
        total: int | None = None,
        length: Fraction | None = None,
        numbers: Mapping[int, int] | None = None,
        repeats: Collection[int] = (),
    ) -> None:
        self.time_base, self.rate, self.start = time_base, rate, start or 0
        self.is_even = start is None
        self.total, self.length, self.numbers, self.repeats = total, length, numbers or {}, repeats
        self.lost = self.read = 0
        self.first_lost: tuple[int, float] | None = None
        self._step = Fraction(1) / (rate * time_base)
        self._next = self._sent = self._watchful = 0
        self._end: Fraction | int = self.start
        self._longest = self._step
        self._waiting: list[tuple[int, bool]] = []
        self._moved: dict[int, int] = {}

    def complain(self) -> None:
        """Takes down that the container is damaged where it was just read."""
        self._watchful = _WATCHFUL

    def send(self, packet: Any, *, is_damaged: bool) -> None:
        """Takes a packet that was given to the decoder.

        Args:
            packet: Of the stream, not empty.
            is_damaged: Whether something was wrong with it.
        """
        self._sent += 1
        time = packet.dts if packet.pts is None else packet.pts
        if time is None or packet.is_discard:
            return
        if packet.pos in self.numbers:
            self._moved[time] = self.numbers[packet.pos]
        heapq.heappush(self._waiting, (time, is_damaged))

    def receive(self, frame: Any) -> tuple[int, float]:
        """Gives number and time in seconds of a frame that came out.

        Args:
            frame: Of the decoder.
        """
        time = frame.dts if frame.pts is None else frame.pts
        if time is None:
            time = self._waiting[0][0] if self._waiting else round(self._end)
        self._pass_over(time)
        if self._waiting and self._waiting[0][0] == time:
            heapq.heappop(self._waiting)
        position, shown = self._place(time)
        self.read += 1
        return position, self._seconds(position, shown)

    def finish(self) -> None:
        """Counts what is missing at the end."""
        self._pass_over(None)
        if self.total is not None:
            self._lose(self.total - (self._next if self.numbers else self._sent))
        elif self.length is not None:
            missing = self.start + self.length / self.time_base - self._end
            self._lose(round(missing / self._step) if missing > self._longest / 2 else 0)
        self.length = self.total = None

    def _pass_over(self, time: int | None) -> None:
        """Counts the damaged packets before a time, which gave no frame; of others none was to be expected."""
        while self._waiting and (time is None or self._waiting[0][0] < time):
            missed, is_damaged = heapq.heappop(self._waiting)
            if is_damaged:
                self._note_first(missed)
                self._place(missed)
                self.lost += 1

    def _place(self, time: int) -> tuple[int, int]:
        """Gives number and time of the next frame, after those that are missing before it."""
        if self.numbers:
            time = self._moved.pop(time, self._next)
            self._lose(time - self._next)
        elif self._watchful and self.total is None:
            self._lose(round((time - self._end) / self._step))
        elif self._next:
            self._longest = max(self._longest, self._step + time - self._end)
        self._watchful = max(self._watchful - 1, 0)
        position, self._next, self._end = self._next, self._next + 1, time + self._step
        return position, time

    def _lose(self, frames: int) -> None:
        if frames > 0:
            lost = [number for number in range(self._next, self._next + frames) if number not in self.repeats]
            if lost:
                self._note_first(round(self._end))
            self.lost += len(lost)
            self._next += frames

    def _note_first(self, time: int) -> None:
        if self.first_lost is None:
            self.first_lost = self._next, self._seconds(self._next, time)

    def _seconds(self, position: int, time: int) -> float:
        return float(position / self.rate if self.is_even else (time - self.start) * self.time_base)


def frame_count(container: Any, stream: Any, rate: Fraction) -> FrameCount:
    """Reads what a container says about the number of its frames.

    Args:
        container: That was opened.
        stream: Its stream of pictures.
        rate: Frames per second, on average.
    """
    kind, start = container.format.name.partition(",")[0], stream.start_time or 0
    if kind == "avi" and stream.frames:
        entries = list(stream.index_entries)
        if len(entries) != stream.frames or stream.codec_context.has_b_frames:
            return FrameCount(stream.time_base, rate, start=None, total=stream.frames)
        numbers = {entry.pos + 8: number for number, entry in enumerate(entries)}  # past the head of the chunk
        repeats = frozenset(number for number, entry in enumerate(entries) if not entry.size)
        return FrameCount(stream.time_base, rate, start=None, total=stream.frames, numbers=numbers, repeats=repeats)
    if kind == "mov" and stream.frames:
        return FrameCount(stream.time_base, rate, start=start, total=len(stream.index_entries))
    return FrameCount(stream.time_base, rate, start=start, length=_length(container, stream, kind))


def _length(container: Any, stream: Any, kind: str) -> Fraction | None:
    """Reads how long a stream is where that is written down and not guessed: in Matroska."""
    if kind != "matroska":
        return None
    told = stream.metadata.get("DURATION", "")
    try:
        hours, minutes, seconds = (Fraction(part) for part in told.split(":"))
    except ValueError:
        is_alone = len(container.streams) == 1 and container.duration is not None
        return Fraction(container.duration, 1_000_000) if is_alone else None
    return hours * 3600 + minutes * 60 + seconds
