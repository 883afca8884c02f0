"""Which epochs are kept, and when training stops."""

import math
from pathlib import Path
from types import SimpleNamespace

import pytest
from lightning.pytorch import Trainer

from boxwright.run_files.run_directory import RunDirectory
from boxwright.training.checkpoint_keeper import CheckpointKeeper
from boxwright.training.interruption import Interruption
from boxwright.training.module import TrainingModule
from boxwright.writing.atomic_file import atomic_file


class _Trainer(Trainer):
    """Stands where a trainer stands at the end of an epoch, and only notes what is saved."""

    current_epoch = 0
    should_stop = False
    is_global_zero = True
    world_size = 1

    def __init__(self, epochs: int) -> None:
        self.fit_loop = SimpleNamespace(max_epochs=epochs)

    def save_checkpoint(self, filepath: Path) -> None:
        _write(filepath, self.current_epoch)


def _write(path: Path, epoch: int) -> None:
    with atomic_file(path, replaces=True) as file:
        file.write(b"%d" % epoch)


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    return RunDirectory(tmp_path)


def _play(
    run: RunDirectory, scores: list[float | None], **options: int | None
) -> tuple[CheckpointKeeper, list[tuple[int | None, ...]]]:
    """Plays epochs with given scores; gives whose epoch's the last and the best files were after each."""
    trainer = _Trainer(len(scores))
    keeper = CheckpointKeeper(run, lambda path: _write(path, trainer.current_epoch), Interruption(), **options)
    found = []
    for epoch, score in enumerate(scores):
        trainer.current_epoch = epoch
        module = TrainingModule.__new__(TrainingModule)
        module.__dict__["score"] = score
        keeper.on_train_epoch_end(trainer, module)
        files = (run.last_checkpoint, run.last_model, run.best_checkpoint, run.best_model)
        last, last_model, best, best_model = (int(path.read_text()) if path.exists() else None for path in files)
        assert (last, best) == (last_model, best_model)
        found.append((last, best))
        if trainer.should_stop:
            break
    return keeper, found


def test_the_best_epoch_is_kept(run: RunDirectory) -> None:
    keeper, found = _play(run, [0.1, 0.3, 0.2, 0.3])
    assert found == [(0, 0), (1, 1), (2, 1), (3, 1)]
    assert (keeper.best_epoch, keeper.best_score, keeper.is_finished) == (2, 0.3, True)


def test_the_best_is_not_written_twice(run: RunDirectory) -> None:
    _play(run, [0.1, 0.3])
    assert run.best_checkpoint.samefile(run.last_checkpoint)
    assert run.best_model.samefile(run.last_model)


def test_where_a_checkpoint_names_the_best_epoch_its_model_is_there(
    run: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process may be killed at any moment, and what goes on believes the checkpoint."""
    seen = []

    def look(trainer: _Trainer, filepath: Path) -> None:
        seen.append((int(run.last_model.read_text()), int(run.best_model.read_text())))
        _write(filepath, trainer.current_epoch)

    monkeypatch.setattr(_Trainer, "save_checkpoint", look)
    _play(run, [0.1, 0.3, 0.2])
    assert seen == [(0, 0), (1, 1), (2, 1)]


def test_an_epoch_without_evaluation_is_never_the_best(run: RunDirectory) -> None:
    assert _play(run, [None, 0.0, None])[1] == [(0, None), (1, 1), (2, 1)]


def test_no_objects_to_find_still_gives_a_best_model(run: RunDirectory) -> None:
    assert _play(run, [math.nan, math.nan])[1] == [(0, 0), (1, 0)]


@pytest.mark.parametrize(
    ("scores", "patience", "epochs"),
    [([0.2, 0.1, 0.1, 0.1], 2, 3), ([0.1, 0.2, 0.1, 0.3], 2, 4), ([None, None, 0.1, 0.1], 1, 4), ([0.1] * 4, None, 4)],
)
def test_patience(run: RunDirectory, scores: list[float | None], patience: int | None, epochs: int) -> None:
    keeper, found = _play(run, scores, patience=patience)
    assert len(found) == epochs
    assert keeper.is_finished


@pytest.mark.parametrize("every", [1, 2, 3, 6])
@pytest.mark.parametrize("patience", [1, 2, 3, 5, 7])
def test_patience_ends_at_an_epoch_that_was_measured(run: RunDirectory, every: int, patience: int) -> None:
    """Also if it is shorter than the time between evaluations."""
    scores = [0.5 if epoch % every == 0 else None for epoch in range(1, 25)]
    _, found = _play(run, scores, patience=patience)
    assert scores[len(found) - 1] is not None
    waited = len(found) - every  # the first evaluation is the best
    assert patience <= waited < patience + every


def test_the_state_goes_on(run: RunDirectory) -> None:
    keeper, _ = _play(run, [0.1, 0.3])
    other = CheckpointKeeper(run, lambda _: None, Interruption())
    other.load_state_dict(keeper.state_dict())
    assert other.state_dict() == keeper.state_dict()
    assert other.state_dict() == {"best_score": 0.3, "best_epoch": 2, "is_finished": True, "patient_from": 0}


def test_a_run_that_gets_more_epochs_is_patient_anew(run: RunDirectory) -> None:
    keeper, _ = _play(run, [0.3, 0.1, 0.1], patience=2)
    longer = CheckpointKeeper(run, lambda _: None, Interruption(), patience=2, patient_from=3)
    longer.load_state_dict(keeper.state_dict())
    again = CheckpointKeeper(run, lambda _: None, Interruption(), patience=2)
    again.load_state_dict(longer.state_dict())
    assert longer.state_dict() == again.state_dict()
    trainer, module = _Trainer(9), TrainingModule.__new__(TrainingModule)
    again.run, again.save_model, module.__dict__["score"] = run, lambda path: _write(path, 0), 0.1
    for trainer.current_epoch in (3, 4):
        assert not trainer.should_stop
        again.on_train_epoch_end(trainer, module)
    assert trainer.should_stop
