"""Weights are read once, and say which system they are before anything is judged by it."""

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.unit.systems.published.recorded import recorded_state

import boxwright.systems.checkpoint as checkpoint
from boxwright.cli.commands import train as train_command
from boxwright.errors import ConfigError
from boxwright.settings.training import TrainingSettings
from boxwright.systems import build_system, save_model
from boxwright.training.weights_read import read_weights, weights_of, with_system_of_weights


class Reached(Exception):  # noqa: N818  no error: it stops a training that would begin
    pass


@pytest.fixture
def weights(tmp_path: Path) -> str:
    path = str(tmp_path / "m.safetensors")
    save_model(path, build_system("yolov5n", 1), categories=["a"], canvas_size=(64, 64), config={})
    return path


@pytest.fixture
def stopped(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Stops trainings that are put together, and keeps their tasks."""
    tasks: list[Any] = []

    def stop(task: Any) -> None:
        tasks.append(task)
        raise Reached

    monkeypatch.setattr(import_module("boxwright.training.command"), "with_batch_size", stop)
    return tasks


def test_the_system_is_that_of_the_weights_unless_it_is_named(weights: str) -> None:
    read = read_weights(weights)
    given = {"weights": weights, "epochs": 3}
    assert with_system_of_weights(given, read) == {"weights": weights, "epochs": 3, "system": "yolov5n"}
    assert with_system_of_weights({"system": "yolov8n"}, read) == {"system": "yolov8n"}
    assert with_system_of_weights({"epochs": 3}, None) == {"epochs": 3}


def test_a_run_that_goes_on_reads_none(weights: str) -> None:
    assert weights_of(TrainingSettings(weights=weights, resume="runs/train")) is None
    assert weights_of(TrainingSettings()) is None


def test_a_training_reads_its_weights_once(
    tiny_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stopped: list[Any]
) -> None:
    torch.save(recorded_state("yolov5n"), tmp_path / "theirs.pt")
    read = []

    def counted(path: Path) -> Any:
        read.append(path)
        return reads(path)

    reads = checkpoint.read_foreign
    monkeypatch.setattr(checkpoint, "read_foreign", counted)
    with pytest.raises(Reached):
        train_command.run(["--data", str(tiny_data), "--canvas", "64", "--weights", str(tmp_path / "theirs.pt")])
    assert read == [tmp_path / "theirs.pt"]
    assert stopped[0].settings.system == "yolov5n"


def test_options_are_those_of_the_system_of_the_weights(weights: str, tiny_data: Path, stopped: list[Any]) -> None:
    words = ["--data", str(tiny_data), "--canvas", "64", "--weights", weights]
    with pytest.raises(Reached):
        train_command.run([*words, "--system_options.anchor_threshold", "5.5"])
    assert stopped[0].system.options["anchor_threshold"] == 5.5
    with pytest.raises(ConfigError, match="Unknown option of yolov5n 'guarantee'"):
        train_command.run([*words, "--system_options.guarantee", "true"])
    with pytest.raises(ConfigError, match="Unknown option of yolov8n 'anchor_threshold'"):
        train_command.run([*words, "--system", "yolov8n", "--system_options.anchor_threshold", "5.5"])


def test_parts_are_those_of_the_system_of_the_weights(weights: str, tiny_data: Path, stopped: list[Any]) -> None:
    words = ["--data", str(tiny_data), "--canvas", "64", "--weights", weights]
    with pytest.raises(ConfigError, match="Unknown assigner"):
        train_command.run([*words, "--parts.assigner", "nothing_like_it"])


def test_a_start_of_a_backbone_brings_its_system_and_options(
    tiny_data: Path, tmp_path: Path, stopped: list[Any]
) -> None:
    import timm

    from boxwright.systems.import_file import import_file

    torch.save(timm.create_model("resnet18").state_dict(), tmp_path / "w.pth")
    out = tmp_path / "start.safetensors"
    import_file(tmp_path / "w.pth", out, system="yolov5n", options={"backbone": "resnet18"})
    with pytest.raises(Reached):
        train_command.run(["--data", str(tiny_data), "--canvas", "64", "--weights", str(out)])
    (task,) = stopped
    assert (task.settings.system, task.system.options["backbone"]) == ("yolov5n", "resnet18")
    assert f"The backbone starts from {out}: 120 tensors." in task.start
    assert task.provenance["sha256"]
