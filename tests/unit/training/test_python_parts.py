"""What Python gives a training."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from boxwright.errors import ConfigError
from boxwright.systems import build_system
from boxwright.training import train
from boxwright.training.python_parts import PythonParts

TINY = {"canvas": 64, "batch_size": 4, "epochs": 1, "workers": 0, "accelerator": "cpu", "logger": "csv"}


def test_a_system_with_an_exchanged_assigner_is_trained_and_goes_on(tiny_data: Path, tmp_path: Path) -> None:
    usual = build_system("yolov8n", 2)
    asked = []

    def assigner(*given: object) -> object:
        asked.append(given)
        return usual.criterion.assigner(*given)

    own = replace(usual, criterion=replace(usual.criterion, assigner=assigner))
    before = {name: value.clone() for name, value in own.detector.state_dict().items()}
    result = train(tiny_data, own, output=tmp_path, **TINY)
    assert len(asked) == 3, "two batches, and the losses on val"
    assert all(torch.equal(value, before[name]) for name, value in own.detector.state_dict().items())
    assert result.report is not None
    with pytest.raises(ConfigError, match=r"began with its own system from Python; found nothing of its own"):
        train(resume=result.directory, epochs=2)
    train(resume=result.directory, system=own, epochs=2)
    assert len(asked) == 6


def test_it_has_to_fit(tiny_data: Path) -> None:
    with pytest.raises(ConfigError, match="system: it finds 3 categories; the data has 2"):
        train(tiny_data, build_system("yolov8n", 3), **TINY)
    with pytest.raises(ConfigError, match="system_options: the system was given as a whole"):
        train(tiny_data, build_system("yolov8n", 2), system_options={"guarantee": True}, **TINY)


def test_the_same_parts_as_before() -> None:
    own = PythonParts(system=build_system("yolov8n", 2))
    own.require_same(["system"])
    PythonParts().require_same([])
    with pytest.raises(ConfigError, match="began with nothing of its own from Python; found its own system"):
        own.require_same([])
