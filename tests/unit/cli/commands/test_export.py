"""boxwright export."""

import sys
from pathlib import Path

import pytest

from boxwright.cli.commands import export
from boxwright.cli.main import main
from boxwright.errors import BoxwrightError


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--format", "tflite"], "format"),
        (["--batch", "many"], "batch"),
        (["--canvas", "wide"], "canvas"),
        (["--imgsz", "640"], "--canvas 640"),
        (["--half", "True"], "--precision 16"),
    ],
)
def test_wrong_settings_are_answered(
    words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", str(tmp_path / "m.safetensors"), *words]) == 2
    assert said in capsys.readouterr().err


def test_a_model_that_is_not_there_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", str(tmp_path / "m.safetensors"), "--batch", "4", "--canvas", "dynamic"]) == 1
    assert "There is no model file" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("m.pt --batch 0", "batch is 0"),
        ("m.pt --canvas 0", "both sides must be from 1"),
        ("m.pt --opset 9", "opset is 9"),
        ("m.pt --channels bgr", "--input uint8"),
        ("m.pt --score_threshold 0.3", "score_threshold: a file that removes no boxes has no such limit"),
        ("m.pt --iou_threshold 0.3", "write --nms graph"),
        ("m.pt --nms graph --iou_threshold 3", "iou_threshold is 3"),
        ("m.pt --nms graph --max_detections 0", "max_detections is 0"),
        ("lost.pt", "There is no model file lost.pt"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_loaded(words: str, message: str, monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "boxwright.exporting.command", None)  # an import would fail
    monkeypatch.chdir(tmp_path)
    Path("m.pt").touch()
    with pytest.raises(BoxwrightError) as refused:
        export.run(words.split())
    assert message in str(refused.value)
