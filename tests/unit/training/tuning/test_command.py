"""Searching settings."""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import optuna
import pytest
from sqlalchemy.exc import OperationalError

import boxwright
from boxwright.errors import BoxwrightError, DataError, TrainingError
from boxwright.training.tuning import trial_training
from boxwright.training.tuning.trial_training import Outcome


@pytest.fixture
def outcomes(monkeypatch, tiny_data: Path, tmp_path: Path) -> Callable[..., Any]:
    """Searches with trials that end as they are told to, instead of trained ones."""

    def search(*told: float | BaseException | None, **settings: Any) -> Any:
        ends = iter(told)

        def train_trial(search: Any, trial: Any, folder: Any, parts: Any) -> Outcome:
            end = next(ends)
            trial.set_user_attr("epochs", 10)
            trial.set_user_attr("runs", [f"trial-{trial.number:03}"])
            if isinstance(end, BaseException):
                raise end
            return Outcome(end or 0.0, is_pruned=end is None)

        monkeypatch.setattr(trial_training, "train_trial", train_trial)
        space = {"optimization.lr": "1e-4..1e-2:log"}
        given = {
            "space": space,
            "trials": len(told),
            "output": str(tmp_path),
            "accelerator": "cpu",
            "system": "ssd_tiny",
        }
        return boxwright.tune(settings.pop("data", tiny_data), **given | settings)

    return search


def test_a_store_that_cannot_be_written_to_ends_the_search_with_a_cure(outcomes: Callable[..., Any]) -> None:
    fault = optuna.exceptions.StorageInternalError("An exception is raised during the commit.")
    fault.__cause__ = OperationalError("INSERT", {}, Exception("database or disk is full"))
    with pytest.raises(DataError, match=r"trials\.db cannot be used \(.*disk is full\)\. Close it"):
        outcomes(0.1, fault)


def test_the_best_is_found_among_failures(outcomes: Callable[..., Any], tmp_path: Path, capsys) -> None:
    result = outcomes(0.1, TrainingError("loss is nan"), 0.3, None, DataError("torn"), MemoryError(), 0.2)
    assert (result.ap, result.best_runs) == (0.3, (tmp_path / "tune" / "trial-002",))
    lr = result.best_settings["optimization"]["lr"]
    assert 1e-4 <= lr <= 1e-2
    (line,) = result.commands
    assert line.startswith("boxwright train --data ")
    assert f"--optimization.lr {lr!r}" in line
    assert line.endswith(f"--output {tmp_path} --name tune-best")
    assert (tmp_path / "tune" / "best.txt").read_text() == f"{line}\n"
    said = capsys.readouterr().out
    assert "Trial 2: AP 0.3000, the best so far." in said
    assert "Trial 1 failed: loss is nan" in said
    assert "Trial 4 failed: torn" in said
    states = [row.split(",")[1] for row in (tmp_path / "tune" / "trials.csv").read_text().splitlines()[1:]]
    assert states == ["complete", "complete", "complete", "failed", "pruned", "failed", "failed"]


def test_what_would_be_so_in_every_trial_ends_the_search_and_leaves_nothing(
    outcomes: Callable[..., Any], tmp_path: Path
) -> None:
    with pytest.raises(DataError, match="torn"):
        outcomes(DataError("torn"), 0.1)
    assert not (tmp_path / "tune").exists()


def test_without_one_that_came_to_its_end_the_reasons_are_said(outcomes: Callable[..., Any]) -> None:
    with pytest.raises(TrainingError, match=r"No trial came to its end \(trial 0: loss is nan\)"):
        outcomes(TrainingError("loss is nan"), None)


def test_epochs_are_a_budget_too_and_more_trials_may_follow(outcomes: Callable[..., Any], tmp_path: Path) -> None:
    assert outcomes(0.1, 0.2, 0.3, 0.4, total_epochs=15).ap == 0.2
    assert outcomes(0.3, trials=3).ap == 0.3
    assert len((tmp_path / "tune" / "trials.csv").read_text().splitlines()) == 4


def test_what_only_python_gives_has_to_be_given_again(outcomes: Callable[..., Any], tmp_path: Path) -> None:
    result = outcomes(0.1, transform=lambda sample: sample)
    assert result.commands[0].startswith("# in Python, with the same transform: boxwright.train(")
    with pytest.raises(BoxwrightError, match="began with its own transform"):
        outcomes(0.1, trials=3)


def test_an_interruption_is_no_failure(outcomes: Callable[..., Any], tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        outcomes(0.1, KeyboardInterrupt())
    assert outcomes(0.2, 0.3, trials=3).ap == 0.3
    rows = (tmp_path / "tune" / "trials.csv").read_text().splitlines()
    assert sorted(row.split(",")[1] for row in rows[1:]) == ["complete", "complete", "complete", "ended"]


def test_the_signature_shows_every_setting() -> None:
    shown = inspect.signature(boxwright.tune).parameters
    assert {"data", "space", "trials", "epochs", "optimization", "callbacks"} <= set(shown)
    assert (shown["name"].default, "resume" in shown) == ("tune", False)
