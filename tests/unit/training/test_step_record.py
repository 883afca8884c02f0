"""Losses of single steps."""

import csv
from pathlib import Path

import pytest
import torch
from lightning.pytorch.callbacks import Callback

from boxwright.training import train

TINY = {"canvas": 64, "batch_size": 2, "epochs": 2, "workers": 0, "accelerator": "cpu", "logger": "csv"}


def _rows(run: Path) -> list[dict[str, str]]:
    with (run / "steps.csv").open() as file:
        return list(csv.DictReader(file))


class _Stop(Callback):
    def on_train_batch_end(self, trainer: object, pl_module: object, *_: object) -> None:
        if pl_module.current_epoch == 1:
            raise KeyboardInterrupt


def test_every_few_steps_have_a_row_also_in_a_run_that_goes_on(tiny_data: Path, tmp_path: Path) -> None:
    whole = train(tiny_data, output=tmp_path, log_every=3, **TINY).directory
    assert [(row["step"], row["epoch"]) for row in _rows(whole)] == [("3", "1"), ("6", "2")]
    assert all(float(row["box"]) > 0 for row in _rows(whole))
    with pytest.raises(KeyboardInterrupt):
        train(tiny_data, output=tmp_path, log_every=3, name="ended", callbacks=[_Stop()], **TINY)
    train(resume=tmp_path / "ended")
    assert _rows(tmp_path / "ended") == _rows(whole)
    state = [torch.load(run / "checkpoints" / "last.ckpt", weights_only=True) for run in (whole, tmp_path / "ended")]
    assert state[0]["global_step"] == state[1]["global_step"]
