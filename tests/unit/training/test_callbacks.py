"""Which epochs are kept, and when training stops."""

import math
from pathlib import Path
from types import SimpleNamespace

import pytest
from lightning.pytorch import Trainer

from boxwright.run_files.run_directory import RunDirectory
from boxwright.training.callbacks import CheckpointKeeper
from boxwright.training.module import TrainingModule


class _Trainer(Trainer):
    """Stands where a trainer stands at the end of an epoch, and only notes what is saved."""

    current_epoch = 0
    should_stop = False
    is_global_zero = True

    def __init__(self, epochs: int, saved: list[str]) -> None:
        self.fit_loop = SimpleNamespace(max_epochs=epochs)
        self.saved = saved

    def save_checkpoint(self, filepath: Path) -> None:
        self.saved.append(filepath.name)


def _run(scores: list[float | None], patience: int | None = None) -> tuple[CheckpointKeeper, list[list[str]]]:
    """Plays epochs with given APs; gives the files that each of them wrote."""
    files: list[str] = []
    trainer = _Trainer(len(scores), files)
    keeper = CheckpointKeeper(RunDirectory(Path("run")), lambda path: files.append(path.name), patience=patience)
    written = []
    for epoch, score in enumerate(scores):
        trainer.current_epoch = epoch
        module = TrainingModule.__new__(TrainingModule)
        module.__dict__["ap"] = score
        keeper.on_train_epoch_end(trainer, module)
        written.append(files.copy())
        files.clear()
        if trainer.should_stop:
            break
    return keeper, written


LAST = ["last.ckpt", "last.safetensors"]
BOTH = ["last.ckpt", "best.ckpt", "last.safetensors", "best.safetensors"]


def test_the_best_epoch_is_kept() -> None:
    keeper, written = _run([0.1, 0.3, 0.2, 0.3])
    assert written == [BOTH, BOTH, LAST, LAST]
    assert (keeper.best_epoch, keeper.best_score, keeper.is_finished) == (2, 0.3, True)


def test_an_epoch_without_evaluation_is_never_the_best() -> None:
    assert _run([None, 0.0, None])[1] == [LAST, BOTH, LAST]


def test_no_objects_to_find_still_gives_a_best_model() -> None:
    assert _run([math.nan, math.nan])[1] == [BOTH, LAST]


@pytest.mark.parametrize(
    ("scores", "patience", "epochs"),
    [([0.2, 0.1, 0.1, 0.1], 2, 3), ([0.1, 0.2, 0.1, 0.3], 2, 4), ([None, None, 0.1, 0.1], 1, 4), ([0.1] * 4, None, 4)],
)
def test_patience(scores: list[float | None], patience: int | None, epochs: int) -> None:
    keeper, written = _run(scores, patience)
    assert len(written) == epochs
    assert keeper.is_finished


def test_the_state_goes_on() -> None:
    keeper, _ = _run([0.1, 0.3])
    other = CheckpointKeeper(RunDirectory(Path("run")), lambda _: None)
    other.load_state_dict(keeper.state_dict())
    assert other.state_dict() == keeper.state_dict() == {"best_score": 0.3, "best_epoch": 2, "is_finished": True}
