"""Going on with a run."""

import dataclasses
from pathlib import Path

import pytest
import torch

from boxwright.errors import ConfigError
from boxwright.training.continuation import continue_run
from boxwright.training.run_directory import RunDirectory
from boxwright.training.settings import TrainingSettings, write_settings

SETTINGS = TrainingSettings(data="x", epochs=7, canvas=320)


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    made = RunDirectory(tmp_path / "run")
    made.last_checkpoint.parent.mkdir(parents=True)
    write_settings(SETTINGS, made.config)
    torch.save({"epoch": 2, "callbacks": {"CheckpointKeeper": {"is_finished": False}}}, made.last_checkpoint)
    return made


def _asked(run: RunDirectory, **changes: object) -> TrainingSettings:
    return dataclasses.replace(TrainingSettings(resume=str(run.path)), **changes)


def test_the_settings_of_the_run_count(run: RunDirectory) -> None:
    settings, continuation = continue_run(_asked(run))
    assert settings == SETTINGS
    assert (continuation.run, continuation.checkpoint) == (run, run.last_checkpoint)
    assert (continuation.epochs_done, continuation.is_finished) == (3, False)


def test_it_may_compute_elsewhere(run: RunDirectory) -> None:
    settings, _ = continue_run(_asked(run, data="moved", workers=3, accelerator="cpu"))
    assert settings == dataclasses.replace(SETTINGS, data="moved", workers=3, accelerator="cpu")


def test_it_may_not_become_another_training(run: RunDirectory) -> None:
    with pytest.raises(ConfigError, match=r"was trained with epochs = 7; found 9.* start a new run with --weights"):
        continue_run(_asked(run, epochs=9))


def test_repeating_a_setting_of_the_run_is_no_contradiction(run: RunDirectory) -> None:
    assert continue_run(_asked(run, epochs=7))[0] == SETTINGS
