"""AP over milliseconds."""

import math
from pathlib import Path

from PIL import Image

from boxwright.benchmarking.speed_figure import MARKERS, _drawn, speed_figure
from tests.unit.benchmarking.rows import row


def test_a_point_for_every_model_and_its_name() -> None:
    rows = [row(format=form, ap=0.1 * place, milliseconds=10.0 * place) for place, form in enumerate(MARKERS, 1)]
    figure = _drawn(rows, ["_one", "two", "three", "four"])
    (axes,) = figure.axes
    assert [(line.get_xdata()[0], line.get_ydata()[0]) for line in axes.lines] == [
        (each.milliseconds, each.ap) for each in rows
    ]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["_one", "two", "three", "four"]
    assert axes.get_xlim()[0] == axes.get_ylim()[0] == 0
    assert axes.get_xlim()[1] > 40
    assert axes.get_ylim()[1] > 0.4


def test_models_without_ap_or_with_none_right_are_drawn_too(tmp_path: Path) -> None:
    path = speed_figure([row(ap=0.0, model="$a_{b}$ 猫"), row(ap=math.nan)], tmp_path / "benchmark.png")
    with Image.open(path) as picture:
        assert picture.size == (960, 720)
