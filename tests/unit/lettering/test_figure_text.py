from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from boxwright.lettering.figure_text import figure_text


def _drawn(name: str) -> np.ndarray:
    with figure_text([name]):
        figure = Figure(figsize=(3, 1))
        canvas = FigureCanvasAgg(figure)
        figure.text(0.1, 0.5, name)
        canvas.draw()
        return np.asarray(canvas.buffer_rgba()).copy()


@pytest.mark.parametrize("name", ["$", "$x", "$x_1$", r"\frac{", "a_b^c", "{}", "%s", "<b>", r"\$5", "[red]"])
def test_nothing_is_mathematics(name: str) -> None:
    assert _drawn(name).min() == 0


def test_names_with_two_dollars_are_not_shortened() -> None:
    with figure_text(["$x_1$"]):
        assert not Figure().text(0, 0, "$x_1$").get_parse_math()


@pytest.mark.parametrize(("one", "other"), [("猫", "犬"), ("직선", "가위"), ("さる", "とり"), ("قط", "كلب")])
def test_letters_are_letters_and_not_squares(one: str, other: str) -> None:
    # (a letter that is missing would also be a warning, which is an error here)
    assert not np.array_equal(_drawn(one), _drawn(other))


def test_settings_are_put_back(tmp_path: Path) -> None:
    before = dict(matplotlib.rcParams)
    _drawn("猫")
    assert dict(matplotlib.rcParams) == before
