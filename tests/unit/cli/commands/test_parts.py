"""boxwright parts."""

import subprocess
import sys

import pytest

from boxwright.cli.commands import parts
from boxwright.errors import ConfigError


def test_it_lists_what_can_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    parts.run([])
    assert "wise_iou" in capsys.readouterr().out


def test_of_one_kind_and_for_one_system(capsys: pytest.CaptureFixture[str]) -> None:
    parts.run(["--system", "ssd300", "--role", "sampler"])
    text = capsys.readouterr().out
    assert "hard_negatives" in text
    assert "wise_iou" not in text


def test_an_unknown_system_is_refused() -> None:
    with pytest.raises(ConfigError, match="Did you mean 'ssd300'"):
        parts.run(["--system", "ssd30"])


def test_it_needs_no_torch() -> None:
    code = "import sys; from boxwright.cli.main import main; main(['parts']); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0
