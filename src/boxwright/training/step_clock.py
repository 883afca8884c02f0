"""What the time of an epoch goes to."""

import time
from collections import deque
from typing import Any

import torch

PARTS = ("data", "forward", "loss", "backward", "step")


class StepClock:
    """Measures the parts of the steps of an epoch, where the device computes and without making it wait.

    On a GPU a part lasts from event to event of its stream: what it waits for data, because none has come, counts as
    data, and what a process prepares ahead counts as nothing.
    """

    def __init__(self) -> None:
        self.begin(torch.device("cpu"))

    def begin(self, device: torch.device) -> None:
        """Forgets everything, and starts.

        Args:
            device: Where the steps are computed.
        """
        self._has_events = device.type == "cuda"
        self._seconds = dict.fromkeys(PARTS, 0.0)
        self._pending: deque[tuple[str, Any, Any]] = deque()  # from event to event
        self._last = self._mark()

    def lap(self, part: str) -> None:
        """Counts the time since the last call as that of a part.

        Args:
            part: One of `PARTS`.
        """
        now = self._mark()
        if self._has_events:
            self._pending.append((part, self._last, now))
            while self._pending and self._pending[0][2].query():
                self._read()
        else:
            self._seconds[part] += now - self._last
        self._last = now

    def shares(self) -> dict[str, float]:
        """Gives the share of every part, all together 1; nothing before the first lap. Waits for the device."""
        while self._pending:
            self._pending[0][2].synchronize()
            self._read()
        total = sum(self._seconds.values())
        return {part: seconds / total for part, seconds in self._seconds.items()} if total else {}

    def _mark(self) -> Any:
        """Gives the time, or an event that will know it."""
        if not self._has_events:
            return time.perf_counter()
        event = torch.cuda.Event(enable_timing=True)
        event.record()
        return event

    def _read(self) -> None:
        part, start, end = self._pending.popleft()
        self._seconds[part] += start.elapsed_time(end) / 1000
