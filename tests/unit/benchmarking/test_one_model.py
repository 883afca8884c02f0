"""A task in, numbers or an error out."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from boxwright.benchmarking import one_model
from boxwright.benchmarking.task import Task

TASK = Task(
    model="m.safetensors",
    data="x",
    split="val",
    canvas=(64, 96),
    batch_size=1,
    device="cpu",
    threads=None,
    images=None,
    on_bad="error",
    val=None,
    val_seed=0,
    allow_outside=False,
    max_pixels=1000,
)


def test_an_error_is_named(tmp_path: Path) -> None:
    said = json.loads(one_model.answer(json.dumps(asdict(replace(TASK, model=str(tmp_path / "m.safetensors"))))))
    assert said["error"] == "DataError"
    assert "m.safetensors" in said["message"]


def test_a_task_arrives_as_it_was_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Task] = []

    def used_up(task: Task) -> None:
        seen.append(task)
        raise MemoryError("of the machine")

    monkeypatch.setattr(one_model, "measured", used_up)
    assert json.loads(one_model.answer(json.dumps(asdict(TASK)))) == {
        "error": "MemoryError",
        "message": "of the machine",
    }
    assert seen == [TASK]
