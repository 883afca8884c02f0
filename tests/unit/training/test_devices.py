"""Workers, ranks and devices."""

import os

import pytest

from boxwright.errors import ConfigError
from boxwright.training.devices import MOST_WORKERS, default_workers, pick_device, process_rank


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


def test_the_cpu_is_always_there() -> None:
    assert pick_device("cpu").type == "cpu"
    assert pick_device("auto").type in ("cpu", "cuda", "mps")


@pytest.mark.parametrize("name", ["cuda:99", "toaster"])
def test_an_impossible_device_is_named(name: str) -> None:
    with pytest.raises(ConfigError, match=f"'{name}' cannot be used here"):
        pick_device(name)
