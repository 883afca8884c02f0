import sys
from xml.etree import ElementTree

import cv2
import matplotlib
import numpy as np
import pytest

from boxwright.evaluation import ClassReport, Report, precision_recall_figure
from boxwright.lettering.visible import visible


def make_report(classes: int) -> Report:
    rows = tuple(ClassReport(f"class {i}", 0.5, 0.5, i % 5, np.linspace(1, 0, 101)) for i in range(classes))
    return Report(*[0.5] * 9, rows, 100, 4, sum(row.num_targets for row in rows), 34)


@pytest.mark.parametrize("classes", [0, 1, 3, 40])
def test_writes_a_figure(tmp_path, classes):
    path = precision_recall_figure(make_report(classes), tmp_path / "täst" / "curve.png")
    picture = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape == (720, 960, 3)
    assert len(np.unique(picture)) > 10


def test_leaves_pyplot_alone(tmp_path):
    before = "matplotlib.pyplot" in sys.modules
    precision_recall_figure(make_report(3), tmp_path / "curve.svg")
    assert (tmp_path / "curve.svg").read_text().startswith("<?xml")
    if before:
        import matplotlib.pyplot as plt

        assert plt.get_fignums() == []


@pytest.mark.parametrize("name", ["$", "$x_1$", "$\\frac{$", "_hidden", "{} %s <b>", "two\nlines", "猫", "قط", ""])
def test_every_name_is_in_the_legend_as_it_is(tmp_path, name):
    row = ClassReport(name, 0.5, 0.5, 3, np.linspace(1, 0, 101))
    report = Report(*[0.5] * 9, (row,), 100, 4, 3, 34)
    with matplotlib.rc_context({"svg.fonttype": "none"}):
        precision_recall_figure(report, tmp_path / "curve.svg")
    drawn = ElementTree.parse(tmp_path / "curve.svg").getroot()
    texts = ["".join(text.itertext()).strip() for text in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert f"{visible(name)}  0.500".strip() in texts
