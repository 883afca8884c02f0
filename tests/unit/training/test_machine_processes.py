"""The processes of a training on one machine."""

import os
from dataclasses import replace

import pytest

from boxwright.settings.training import TrainingSettings
from boxwright.training import machine_processes
from boxwright.training.machine_processes import reading_of
from boxwright.training.process_strategy import PARENT

SETTINGS = TrainingSettings(accelerator="cpu", batch_size=4, devices=2, strategy="ddp")


@pytest.fixture(autouse=True)
def _counted_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOCAL_RANK", PARENT, "TORCHELASTIC_RUN_ID", "TORCHELASTIC_RESTART_COUNT"):
        monkeypatch.delenv(name, raising=False)


def _name(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(machine_processes, "_readings", iter(range(9)))
    found = reading_of(SETTINGS)
    assert found.processes == 2
    return found.name


def test_processes_that_the_first_starts_agree_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    of_first = _name(monkeypatch)
    monkeypatch.setenv("LOCAL_RANK", "1")
    monkeypatch.setenv(PARENT, str(os.getpid()))
    assert _name(monkeypatch) == of_first


def test_processes_that_a_launcher_starts_agree_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = _name(monkeypatch)
    names = set()
    for rank in (0, 1):
        monkeypatch.setenv("LOCAL_RANK", str(rank))
        names.add(_name(monkeypatch))
    assert len(names) == 1
    assert names != {alone}
    monkeypatch.setenv("TORCHELASTIC_RESTART_COUNT", "1")
    assert _name(monkeypatch) not in names, "data may have changed since"


def test_a_second_training_reads_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine_processes, "_readings", iter(range(9)))
    assert reading_of(SETTINGS).name != reading_of(SETTINGS).name


def test_one_device_shares_with_nobody() -> None:
    assert reading_of(replace(SETTINGS, devices=1, strategy="auto")).processes == 1
    assert reading_of(replace(SETTINGS, devices="auto", strategy="auto")).processes >= 1
