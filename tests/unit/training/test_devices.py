"""Workers and ranks."""

import os

import pytest

from boxwright.training.devices import MOST_WORKERS, default_workers, process_rank


@pytest.mark.parametrize(
    ("cores", "processes", "expected"), [(1, 1, 1), (2, 1, 1), (4, 1, 3), (64, 1, MOST_WORKERS), (8, 4, 1)]
)
def test_one_core_is_left_for_the_network(monkeypatch, cores: int, processes: int, expected: int) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(cores)), raising=False)
    assert default_workers(processes) == expected


def test_rank_comes_from_the_launcher(monkeypatch) -> None:
    for name in ("RANK", "LOCAL_RANK", "SLURM_PROCID"):
        monkeypatch.delenv(name, raising=False)
    assert process_rank() == 0
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert process_rank() == 1
