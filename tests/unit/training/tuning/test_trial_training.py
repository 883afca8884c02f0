"""The trainings of one trial."""

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from boxwright.errors import TrainingError
from boxwright.settings.tuning.search import search_from
from boxwright.training.python_parts import NO_PARTS, PythonParts
from boxwright.training.tuning import trial_training
from boxwright.training.tuning.search_folder import SearchFolder
from boxwright.training.tuning.trial_store import TrialStore
from boxwright.training.tuning.trial_training import train_trial

SPACE = {"optimization.lr": "1e-4..1e-2:log"}


@dataclass
class Report:
    ap: float
    masks: Any = None


@pytest.fixture
def asked(monkeypatch) -> list[dict[str, Any]]:
    """Collects what trainings are asked for; each has an AP of a quarter more than the one before."""
    asked: list[dict[str, Any]] = []

    def run_training(given: dict[str, Any], parts: PythonParts) -> Any:
        asked.append(given)
        watch = parts.callbacks[-1]
        watch.epochs = 3
        watch.is_pruned = given["seed"] == 5
        if given["seed"] == 6:
            raise TrainingError("loss is nan")
        masks = Report(len(asked) / 4) if given["system"].endswith("-seg") else None
        report = Report(0.9, masks) if masks else Report(len(asked) / 4)
        return SimpleNamespace(report=report, directory=Path(given["output"], given["name"]))

    monkeypatch.setattr(trial_training, "run_training", run_training)
    return asked


def _trial(tmp_path: Path, **values: Any) -> tuple[Any, Any, TrialStore]:
    search = search_from({"system": "ssd_tiny", "seed": 3, "epochs": 4, "space": SPACE, **values})
    store = TrialStore(tmp_path / "trials.db", search.space, seed=0, epochs=4, prune="off")
    return search, store.next(), store


def test_the_mean_over_the_seeds_counts(asked: list[dict[str, Any]], tmp_path: Path) -> None:
    search, trial, store = _trial(tmp_path, seeds=2)
    outcome = train_trial(search, trial, SearchFolder(tmp_path), NO_PARTS)
    assert (outcome.ap, outcome.is_pruned) == (0.375, False)
    (record,) = store.records()
    assert (record.scores, record.epochs) == ((0.25, 0.5), 6)
    assert record.runs == ("trial-000-seed-3", "trial-000-seed-4")
    assert [each["seed"] for each in asked] == [3, 4]
    common = {"system": "ssd_tiny", "epochs": 4, "output": str(tmp_path)}
    lr = {"optimization": {"lr": record.values["optimization.lr"]}}
    assert asked[0] == {**common, **lr, "seed": 3, "name": "trial-000-seed-3"}


def test_a_segmenter_is_steered_by_the_ap_of_its_masks(asked: list[dict[str, Any]], tmp_path: Path) -> None:
    search, trial, _ = _trial(tmp_path, system="yolov8n-seg")
    assert train_trial(search, trial, SearchFolder(tmp_path), NO_PARTS).ap == 0.25


def test_a_pruned_trial_is_not_trained_with_further_seeds(asked: list[dict[str, Any]], tmp_path: Path) -> None:
    search, trial, _ = _trial(tmp_path, seed=5, seeds=3)
    assert train_trial(search, trial, SearchFolder(tmp_path), NO_PARTS).is_pruned
    assert len(asked) == 1


def test_what_a_failed_training_took_is_kept(asked: list[dict[str, Any]], tmp_path: Path) -> None:
    search, trial, store = _trial(tmp_path, seed=6)
    with pytest.raises(TrainingError):
        train_trial(search, trial, SearchFolder(tmp_path), NO_PARTS)
    (record,) = store.records()
    assert (record.runs, record.epochs) == (("trial-000",), 3)
