"""boxwright weights."""

import pytest

from boxwright.cli.commands import weights


def test_it_lists_what_can_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    weights.run([])
    said = capsys.readouterr().out
    assert "torchvision:ssd300_vgg16" in said
    assert "ssd300_vgg16_coco-b556d3b4.pth" in said  # by which the file can be fetched on another machine, and known
