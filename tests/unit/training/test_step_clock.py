"""Shares of the time."""

import time

import pytest
import torch

from boxwright.training.step_clock import PARTS, StepClock


def test_shares_are_those_of_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter([0.0, 1.0, 3.0, 3.5, 4.0, 5.0, 6.0])
    clock = StepClock()
    monkeypatch.setattr(time, "perf_counter", lambda: next(now))
    clock.begin(torch.device("cpu"))
    for part in (*PARTS, "data"):
        clock.lap(part)
    shares = clock.shares()
    assert shares == pytest.approx(
        {"data": 2 / 6, "forward": 2 / 6, "loss": 0.5 / 6, "backward": 0.5 / 6, "step": 1 / 6}
    )


def test_it_begins_anew() -> None:
    clock = StepClock()
    clock.lap("data")
    assert clock.shares()["data"] == 1.0
    clock.begin(torch.device("cpu"))
    assert clock.shares() == {}


class _Event:
    """A CUDA event whose time is known; it has passed when it was waited for."""

    times = iter(range(100))

    def __init__(self, *, enable_timing: bool) -> None:
        assert enable_timing
        self.waited = False

    def record(self) -> None:
        self.at = next(self.times) ** 2

    def query(self) -> bool:
        return self.waited

    def synchronize(self) -> None:
        self.waited = True

    def elapsed_time(self, other: "_Event") -> float:
        assert other.waited
        return 1000.0 * (other.at - self.at)


def test_a_gpu_is_asked_at_the_end_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "Event", _Event)
    clock = StepClock()
    clock.begin(torch.device("cuda"))
    for part in ("data", "forward"):
        clock.lap(part)
    assert clock.shares() == {"data": 0.25, "forward": 0.75, "loss": 0.0, "backward": 0.0, "step": 0.0}
