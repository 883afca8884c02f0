"""The picture of precision, recall and F1 over the threshold."""

from pathlib import Path

from PIL import Image
from tests.unit.evaluation.drawn_scenes import shaken_scenes

from boxwright.evaluation import CocoEvaluator
from boxwright.evaluation.threshold_figure import threshold_figure


def _colors(path: Path) -> set[tuple[int, int, int]]:
    with Image.open(path) as picture:
        return {color for _, color in picture.convert("RGB").getcolors(10**6)}


def test_the_three_lines_are_drawn_and_nothing_measured_is_no_error(tmp_path: Path) -> None:
    evaluator = CocoEvaluator(("a", "b", "c", "none"))
    lines = {(0, 0x72, 0xB2), (0xD5, 0x5E, 0)}
    assert not lines & _colors(threshold_figure(evaluator.compute(), tmp_path / "empty.png"))
    evaluator.update(*zip(*shaken_scenes(0, images=2), strict=True))
    assert lines <= _colors(threshold_figure(evaluator.compute(), tmp_path / "full.png"))
