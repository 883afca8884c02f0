"""Processes that load images, and threads beside a network."""

import os

import pytest

from boxwright.data.loading.worker_count import MOST_WORKERS, thread_count, worker_count
from boxwright.errors import ConfigError


@pytest.mark.parametrize(
    ("cores", "processes", "expected"), [(1, 1, 1), (2, 1, 1), (4, 1, 3), (64, 1, MOST_WORKERS), (8, 4, 1)]
)
def test_one_core_is_left_for_the_network(monkeypatch, cores: int, processes: int, expected: int) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(cores)), raising=False)
    assert worker_count(processes=processes) == expected


@pytest.mark.parametrize(("cores", "expected"), [(1, 2), (2, 4), (64, MOST_WORKERS)])
def test_two_threads_for_each_core(monkeypatch, cores: int, expected: int) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(cores)), raising=False)
    assert thread_count() == expected


@pytest.mark.parametrize("chosen", [worker_count, thread_count])
def test_as_many_as_asked_for(chosen) -> None:
    assert [chosen(count) for count in (0, 5, 20)] == [0, 5, 20]
    with pytest.raises(ConfigError, match="workers must be from 0"):
        chosen(-1)
