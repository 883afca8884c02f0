"""boxwright export."""

from pathlib import Path

import pytest

from boxwright.cli.main import main


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
