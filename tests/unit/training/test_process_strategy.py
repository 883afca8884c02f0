"""How processes are started."""

import os
from pathlib import Path

import lightning
import pytest

from boxwright.run_files.run_directory import RunDirectory
from boxwright.settings.training import TrainingSettings
from boxwright.training.process_strategy import PARENT
from boxwright.training.trainer import build_trainer


def test_processes_know_who_started_them_and_lightning_watches_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lightning's watch would kill the first process without a word."""
    settings = TrainingSettings(accelerator="cpu", batch_size=4, devices=2, strategy="ddp", logger="csv")
    trainer = build_trainer(settings, RunDirectory(tmp_path), [])
    launcher = trainer.strategy.launcher
    assert launcher is not None
    seen: list[str | None] = []

    def watch(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr("lightning.pytorch.strategies.launchers.subprocess_script._launch_process_observer", watch)
    monkeypatch.setattr(type(launcher), "has_started", False)  # so that it is again when this test is over
    monkeypatch.setattr(launcher, "_call_children_scripts", lambda: seen.append(os.environ.get(PARENT)))
    assert launcher.launch(lambda: 7, trainer=lightning.Trainer.__new__(lightning.Trainer)) == 7
    assert seen == [str(os.getpid())]
    assert PARENT not in os.environ
