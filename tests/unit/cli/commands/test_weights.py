"""boxwright weights."""

import pytest

from boxwright.cli.commands import weights


def test_it_lists_what_can_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    weights.run([])
    assert "torchvision:ssd300_vgg16" in capsys.readouterr().out
