"""What is written about an epoch."""

import csv
import math
from pathlib import Path

import lightning
import numpy as np
import pytest
import torch
from lightning.pytorch.loggers import CSVLogger

from boxwright.data import open_dataset
from boxwright.evaluation import ClassReport, Report
from boxwright.systems import build_system
from boxwright.training import train, trainer
from boxwright.training.epoch_record import class_scores
from boxwright.training.module import TrainingModule
from boxwright.training.validation_scoring import ValidationScoring

TINY = {"canvas": 64, "batch_size": 4, "epochs": 2, "workers": 0, "accelerator": "cpu", "logger": "csv"}


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def _report(ap: float, *names: str, masks: Report | None = None) -> Report:
    classes = tuple(ClassReport(name, ap / (label + 1), ap, 3, np.zeros(101)) for label, name in enumerate(names))
    return Report(*[ap] * 9, classes, 100, 1, 1, 1, masks)


def test_classes_have_names_of_their_own() -> None:
    masks = _report(0.4, "red", "cell", "cell")
    assert class_scores(_report(0.6, "red", "cell", "cell", masks=masks)) == {
        "class_ap/red": 0.6,
        "class_ap/cell#1": 0.3,
        "class_ap/cell#2": pytest.approx(0.2),
        "class_mask_ap/red": 0.4,
        "class_mask_ap/cell#1": 0.2,
        "class_mask_ap/cell#2": pytest.approx(0.4 / 3),
    }


@pytest.mark.parametrize("has_masks", [False, True])
def test_a_segmenter_is_steered_by_its_masks(has_masks: bool, tiny_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    masks = _report(0.2, "a") if has_masks else None
    trainer = lightning.Trainer(accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False)
    system, truth = build_system("yolov8n", 1), open_dataset(tiny_data, "val")
    module = TrainingModule(
        system, system.recipe, truth, epochs=1, batches_per_epoch=1, batch_size=1, canvas_size=(64, 64)
    )
    module.trainer = trainer
    monkeypatch.setattr(ValidationScoring, "report", lambda *_: _report(0.9, "a", masks=masks))
    module.on_validation_start()
    module.on_validation_epoch_end()
    assert module.score == (0.2 if has_masks else 0.9)


def test_every_epoch_is_told_about(tiny_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    logger = CSVLogger(tmp_path / "logged")
    monkeypatch.setattr(trainer, "build_loggers", lambda *_: [logger])
    run = train(tiny_data, output=tmp_path, **TINY).directory
    rows, classes = (_rows(run / name) for name in ("metrics.csv", "class_ap.csv"))
    assert [row["epoch"] for row in rows] == [row["epoch"] for row in classes] == ["1", "2"]
    assert set(classes[0]) == {"epoch", "class_ap/green", "class_ap/red"}
    for row in rows:
        assert all(math.isfinite(float(row[f"val_{name}"])) for name in ("box", "class", "dfl"))
        shares = [float(row[f"time_{part}"]) for part in ("data", "forward", "loss", "backward", "step")]
        assert sum(shares) == pytest.approx(1, abs=1e-4)
        assert min(shares) > 0
    logger.save()
    known = {name for row in (*rows, *classes) for name, cell in row.items() if cell}
    assert known <= {*_rows(Path(logger.log_dir) / "metrics.csv")[0], "epoch"}


def test_losses_on_val_change_nothing(tiny_data: Path, tmp_path: Path) -> None:
    """Whether an epoch is evaluated or not, the training is the same, also with a loss that has a state."""
    how = {"system": "yolov5n", "system_options": {"autobalance": True}, "auto_anchor": "off", **TINY}
    states = []
    for every in (1, 2):
        run = train(tiny_data, output=tmp_path, evaluate_every=every, **how).directory
        states.append(torch.load(run / "checkpoints" / "last.ckpt", weights_only=True))
    for name in ("state_dict", "criterion"):
        one, other = (torch.utils._pytree.tree_leaves(state[name]) for state in states)
        assert one
        assert all(
            torch.equal(torch.as_tensor(left), torch.as_tensor(right)) for left, right in zip(one, other, strict=True)
        )
