"""Figures of matplotlib as files."""

import io
from pathlib import Path

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from PIL import Image

from boxwright.errors import ConfigError
from boxwright.writing.figure_file import write_figure


class CountedLine(Line2D):
    """Notes how often it is drawn."""

    draws = 0

    def draw(self, renderer: object) -> None:
        self.draws += 1
        super().draw(renderer)


def _figure(line: Line2D) -> Figure:
    figure = Figure(figsize=(3, 2), dpi=100, layout="constrained")
    axes = FigureCanvasAgg(figure).figure.add_subplot()
    axes.add_line(line)
    axes.set(xlabel="a label of some length", ylabel="y", title="title")
    return figure


@pytest.mark.parametrize("dpi", [None, 170])
def test_margins_are_those_of_matplotlib_and_everything_is_drawn_once(dpi: int | None, tmp_path: Path) -> None:
    plain = io.BytesIO()
    _figure(Line2D([0, 1], [0, 1])).savefig(plain, format="png", dpi=dpi or "figure")
    line = CountedLine([0, 1], [0, 1])
    path = write_figure(_figure(line), tmp_path / "figure.png", dpi=dpi)
    assert line.draws == 1
    with Image.open(path) as found, Image.open(plain) as wanted:
        assert np.array_equal(np.array(found), np.array(wanted))


def test_an_unknown_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"figure\.bmp: cannot draw a figure as '\.bmp'"):
        write_figure(_figure(Line2D([0], [0])), tmp_path / "figure.bmp")
    assert not list(tmp_path.iterdir())
