"""The trials of a search, kept in a file."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import optuna
import pytest

from boxwright.errors import DataError
from boxwright.settings.tuning.dimension import Choices, Dimension, Range
from boxwright.training.tuning import trial_store
from boxwright.training.tuning.trial_store import STUDY, TrialStore, pruner_of, reached

SPACE: list[Dimension] = [
    Range("augmentation.mosaic", 0.0, 1.0, step=0.25),
    Choices("augmentation.hsv", ([0, 0, 0], [0.1, 0.2, 0.3])),
    Range("optimization.lr", 1e-4, 1e-2, is_log=True),
    Range("optimization.nominal_batch", 4, 64, is_whole=True, is_log=True),
    Choices("weights", (None, "a.safetensors")),
]


def _open(path: Path, seed: int = 0) -> TrialStore:
    return TrialStore(path, SPACE, seed=seed, epochs=9, prune="median")


def _search(store: TrialStore, trials: int) -> list[dict[str, Any]]:
    found = []
    for _ in range(trials):
        trial = store.next()
        values = trial.user_attrs["values"]
        store.completed(trial, values["optimization.lr"])
        found.append(dict(values))
    return found


def test_trials_are_in_the_space_and_differ(tmp_path: Path) -> None:
    found = _search(_open(tmp_path / "a.db"), 6)
    assert all(list(values) == [each.name for each in SPACE] for values in found)
    assert all(values["augmentation.mosaic"] in (0, 0.25, 0.5, 0.75, 1) for values in found)
    assert all(1e-4 <= values["optimization.lr"] <= 1e-2 for values in found)
    assert all(values["augmentation.hsv"] in SPACE[1].probes for values in found)
    assert len({values["optimization.lr"] for values in found}) == 6
    assert found == _search(_open(tmp_path / "b.db"), 6), "the seed decides"
    assert found != _search(_open(tmp_path / "c.db", seed=1), 6)


def test_a_killed_trial_is_tried_again_and_the_search_goes_on_as_it_would_have(tmp_path: Path) -> None:
    whole = _search(_open(tmp_path / "whole.db"), 4)
    store = _open(tmp_path / "a b?%23.db")
    begun = _search(store, 2)
    killed = store.next()
    killed.report(0.2, 3)
    later = _open(tmp_path / "a b?%23.db")
    assert later.take_up() == [2]
    assert later.take_up() == []
    assert begun + _search(later, 2) == whole
    records = later.records()
    assert [each.state for each in records] == ["complete", "complete", "ended", "complete", "complete"]
    assert (records[2].values, records[2].epochs, records[2].ap) == (whole[2], 3, None)


def test_what_became_of_a_trial_is_kept(tmp_path: Path) -> None:
    store = _open(tmp_path / "a.db")
    pruned, failed, refused = store.next(), store.next(), store.next()
    pruned.report(0.25, 4)
    store.pruned(pruned)
    failed.set_user_attr("epochs", 7)
    store.failed(failed, "loss is nan")
    store.failed(refused, "no data", counts=False)
    records = _open(tmp_path / "a.db").records()
    assert [(each.state, each.counts, each.epochs, each.failure) for each in records] == [
        ("pruned", True, 4, ""),
        ("failed", True, 7, "loss is nan"),
        ("ended", False, 0, ""),
    ]
    assert store.keep_python_parts(["transform"]) == ["transform"]
    assert store.keep_python_parts([]) == ["transform"]


def test_a_trial_behind_the_median_is_ended_after_a_third_of_its_epochs(tmp_path: Path) -> None:
    store = _open(tmp_path / "a.db")
    for _ in range(4):
        trial = store.next()
        for epoch in range(1, 10):
            trial.report(0.5, epoch)
        store.completed(trial, 0.5)
    behind, ahead = store.next(), store.next()
    ended = []
    for epoch in range(1, 6):
        behind.report(0.1, epoch)
        ahead.report(0.6, epoch)
        ended.append((behind.should_prune(), ahead.should_prune()))
    assert ended == [(False, False)] * 2 + [(True, False)] * 3


def test_pruning_may_be_off_or_by_halves() -> None:
    assert type(pruner_of("off", 10)).__name__ == "NopPruner"
    assert type(pruner_of("halving", 2)).__name__ == "SuccessiveHalvingPruner"


def test_a_file_that_another_program_holds_is_said_to_be_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial_store, "WAITS", 0.01)
    store = _open(tmp_path / "a.db")
    with closing(sqlite3.connect(tmp_path / "a.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        held = r"a\.db cannot be used \(.*locked.*\)\. Close it in other programs, .* goes on with the search"
        with pytest.raises(DataError, match=held):
            _open(tmp_path / "a.db")
        with pytest.raises(DataError, match=held), reached(tmp_path / "a.db"):
            store.next()


def test_a_trial_that_was_killed_while_it_was_drawn(tmp_path: Path) -> None:
    _open(tmp_path / "a.db").study.ask()  # it has no values yet
    later = _open(tmp_path / "a.db")
    assert later.take_up() == [0]
    assert len(_search(later, 2)) == 2
    assert [each.state for each in later.records()] == ["ended", "complete", "complete"]


def test_trials_of_another_search_are_refused(tmp_path: Path) -> None:
    _search(_open(tmp_path / "a.db"), 1)
    with pytest.raises(DataError, match=r"a\.db holds trials of another search"):
        TrialStore(tmp_path / "a.db", SPACE[1:], seed=0, epochs=9, prune="off")
    foreign = optuna.create_study(storage=f"sqlite:///{tmp_path}/b.db", study_name=STUDY, direction="minimize")
    foreign.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=1)
    with pytest.raises(DataError, match=r"b\.db holds trials of another search"):
        _open(tmp_path / "b.db")


def test_a_file_that_is_no_store_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_text("no data base, but a text of some length" * 99)
    with pytest.raises(DataError, match=r"a\.db is no store of trials that can be read here .*Give another --name"):
        _open(tmp_path / "a.db")


def test_no_point_of_a_finite_space_is_tried_twice(tmp_path: Path) -> None:
    space: list[Dimension] = [Choices("recipe", ("fitted", "published")), Range("batch_size", 1, 3, is_whole=True)]

    def found(path: Path, trials: int) -> list[dict[str, Any]]:
        store = TrialStore(path, space, seed=0, epochs=9, prune="median")
        for _ in range(trials):
            assert not store.is_exhausted
            store.completed(store.next(), 0.5)
        assert store.is_exhausted == (len(store.records()) == 6)
        return [dict(each.values) for each in store.records()]

    whole = found(tmp_path / "a.db", 6)
    assert len({str(values) for values in whole}) == 6
    found(tmp_path / "b.db", 3)
    assert found(tmp_path / "b.db", 3) == whole
