"""Every target of every step is a row of the log."""

import csv
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import lightning
import pytest
import torch
from tests.contracts.assignments import assignment_of
from tests.unit.training.test_module import BATCH, CANVAS, EPOCHS, RECIPE

from boxwright.criterion import Attribution
from boxwright.data import AugmentationSettings, RamCache, evaluation_loader, open_dataset, training_loader
from boxwright.run_files.narration import narration
from boxwright.run_files.run_directory import RunDirectory
from boxwright.structures import Assignment, Targets
from boxwright.systems import build_system
from boxwright.training.module import TrainingModule
from boxwright.training.object_log import ObjectLog, ObjectRecord


class _Kept:
    """Keeps rows."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.finished = 0

    def add(self, columns: dict[str, Sequence[Any]]) -> None:
        self.rows += [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]

    def finish(self) -> None:
        self.finished += 1


def _step() -> tuple[Targets, Assignment, Attribution]:
    """Objects of images 5, 2 and 5 of the data set; the second is an ignored region."""
    boxes = torch.tensor([[0.0, 0.0, 9.0, 9.0]] * 3)
    targets = Targets.from_lists([boxes], [torch.tensor([1, 0, 0])], [torch.tensor([False, True, False])])
    targets = replace(targets, annotation=torch.tensor([[5, 1], [2, 0], [5, 0]]))
    index = torch.arange(3)
    pairs = assignment_of(index * 0, index, torch.tensor([0, 0, 2]), torch.tensor([0.75, 0.5, 0.125]))
    losses = {"box": torch.tensor([1.0, 0.0, 3.0]), "class": torch.tensor([0.5, 0.0, 0.25])}
    return targets, pairs, Attribution(losses, {name: torch.zeros(1) for name in losses})


@pytest.mark.parametrize("cached", [False, True])
def test_a_row_says_which_annotation_and_what_it_cost(tiny_data: Path, cached: bool) -> None:
    data, kept = open_dataset(tiny_data, "train"), _Kept()
    log = ObjectLog(kept, RamCache(data) if cached else data)
    log.add(2, 7, *_step())
    log.finish()
    truth = data.truth(5)
    assert len(kept.rows) == 2
    assert kept.finished == 1
    expected = zip(kept.rows, (1, 0), (2, 1), (1.25, 0.125), ((1.0, 0.5), (3.0, 0.25)), strict=True)
    for row, number, positives, quality, losses in expected:
        assert (row["epoch"], row["step"], row["position"], row["row"]) == (2, 7, 5, number)
        assert (row["image_id"], row["image"]) == (truth.origin.image_id, truth.origin.path)
        assert [row[name] for name in ("x1", "y1", "x2", "y2")] == truth.boxes[number].tolist()
        assert row["category"] == data.categories[row["label"]]
        assert (row["positives"], row["quality"]) == (positives, quality)
        assert (row["loss_box"], row["loss_class"]) == losses


def test_a_batch_without_objects_writes_no_row(tiny_data: Path) -> None:
    kept = _Kept()
    targets = replace(
        Targets.from_lists([torch.zeros(0, 4)], [torch.zeros(0)]), annotation=torch.zeros(0, 2, dtype=torch.int64)
    )
    attribution = Attribution({"box": torch.zeros(0)}, {"box": torch.zeros(1)})
    log = ObjectLog(kept, open_dataset(tiny_data, "train"))
    log.add(1, 1, targets, Assignment.empty(1, 4), attribution)
    log.finish()
    assert kept.rows == []


def test_a_training_logs_what_it_sees(tiny_data: Path, tmp_path: Path) -> None:
    """Mosaics of four images: every row names the image that the object was annotated in."""
    torch.manual_seed(0)
    data, val = open_dataset(tiny_data, "train"), open_dataset(tiny_data, "val")
    loader = training_loader(data, CANVAS, BATCH, AugmentationSettings(close_mosaic_epochs=0), epochs=EPOCHS)
    module = TrainingModule(
        build_system("yolov8n", 2),
        RECIPE,
        val,
        epochs=EPOCHS,
        batches_per_epoch=len(loader),
        batch_size=BATCH,
        canvas_size=CANVAS,
        attributes=True,
    )
    run = RunDirectory(tmp_path / "run")
    with narration(tmp_path / "log.txt"):
        trainer = lightning.Trainer(
            accelerator="cpu",
            max_epochs=EPOCHS,
            num_sanity_val_steps=0,
            logger=False,
            callbacks=[ObjectRecord(run, data, "csv")],
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
        )
        trainer.fit(module, loader, evaluation_loader(val, CANVAS, BATCH))
    with (run.objects / "0.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    seen = []
    for epoch in range(EPOCHS):
        loader.set_epoch(epoch)
        for number, batch in enumerate(loader):
            assert batch.targets.annotation is not None
            seen += [
                (epoch + 1, epoch * len(loader) + number + 1, *place, label)
                for place, label in zip(batch.targets.annotation.tolist(), batch.targets.labels.tolist(), strict=True)
            ]
    found = [tuple(int(row[name]) for name in ("epoch", "step", "position", "row", "label")) for row in rows]
    assert found == seen
    for row in rows:
        truth = data.truth(int(row["position"]))
        assert int(row["image_id"]) == truth.origin.image_id
        assert int(truth.labels[int(row["row"])]) == int(row["label"])
        total = sum(float(row[f"loss_{name}"]) for name in ("box", "class", "dfl"))
        assert (total > 0) == (int(row["positives"]) > 0)
    figures = module.assignment_figures()
    last = [row for row in rows if row["epoch"] == str(EPOCHS)]
    assert figures["positives"] == pytest.approx(sum(int(row["positives"]) for row in last) / len(last))
    assert figures["without_positive"] == pytest.approx(sum(row["positives"] == "0" for row in last) / len(last))
