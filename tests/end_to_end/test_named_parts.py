"""Parts by name, one of them the user's own, from the command line to the model and back."""

import json
import sys
from pathlib import Path

import pytest
import yaml

from boxwright.assigners import AtssAssigner
from boxwright.losses import WiseIoULoss
from boxwright.systems import load_model, read_card
from boxwright.systems.own_part import LeftBehind

MINE = """
from boxwright.samplers import KeepAll

class Quiet:
    def __init__(self, keeps: int = 1) -> None:
        self.keeps = keeps
    def __call__(self, assignment, prior_values=None):
        print("my own sampler")
        return KeepAll()(assignment, prior_values)
"""
FLAGS = "--canvas 64 --batch_size 4 --epochs 1 --workers 0 --logger csv --accelerator cpu"


@pytest.mark.slow
def test_they_are_trained_stored_resumed_and_used(
    boxwright, tiny_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my_parts.py").write_text(MINE)
    (tmp_path / "how.yaml").write_text("parts:\n  box_loss: {name: wise_iou, momentum: 0.5}\n  assigner: max_iou\n")
    parts = ["--parts.assigner", "atss", "--parts.assigner.nearest", "5", "--parts.sampler", "my_parts.Quiet"]
    begun = boxwright("train", "--config", "how.yaml", "--data", tiny_data, *FLAGS.split(), *parts)
    assert begun.returncode == 0, begun.stderr
    assert "my own sampler" in begun.stdout
    run = tmp_path / "runs" / "train"
    wanted = yaml.safe_load((run / "config.yaml").read_text())["parts"]
    assert wanted["assigner"] == {"name": "atss", "nearest": 5, "point_scale": 8.0, "guarantee": False}
    assert wanted["sampler"] == {"name": "my_parts.Quiet"}
    assert read_card(run).parts == json.loads(json.dumps(wanted))

    other = boxwright("train", "--resume", run, "--epochs", "2", "--parts.assigner", "fcos")
    assert other.returncode == 2
    assert "was trained with parts.assigner = " in other.stderr
    resumed = boxwright("train", "--resume", run, "--epochs", "2", "--parts.assigner", "atss")
    assert resumed.returncode == 0, resumed.stderr
    assert "my own sampler" in resumed.stdout

    (tmp_path / "my_parts.py").unlink()
    system, _ = load_model(run)
    assert system.criterion.assigner == AtssAssigner(nearest=5)
    assert system.criterion.sampler == LeftBehind("sampler", "my_parts.Quiet")
    (box,) = (term for term in system.criterion.terms if term.name == "box")
    assert isinstance(box.loss, WiseIoULoss)  # type: ignore[attr-defined]
    measured = boxwright("evaluate", "--model", run, "--data", tiny_data, "--workers", "0")
    assert measured.returncode == 0, measured.stderr
    sys.modules.pop("my_parts")
    lost = boxwright("train", "--resume", run, "--epochs", "3")
    assert lost.returncode == 2
    assert "there is no module my_parts" in lost.stderr
