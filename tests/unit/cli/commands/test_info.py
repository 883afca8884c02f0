"""boxwright info."""

from pathlib import Path

import pytest

from boxwright.cli.commands import info
from boxwright.systems import build_system, read_card, save_model
from boxwright.systems.card_text import card_text


def test_it_prints_the_card(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "m.safetensors"
    save_model(path, build_system("yolov8n", 2), categories=["a", "b"], canvas_size=(64, 64), config={})
    info.run([str(path)])
    assert capsys.readouterr().out == card_text(read_card(path))
