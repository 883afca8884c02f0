import sys

import cv2
import numpy as np
import pytest

from boxwright.evaluation import ClassReport, Report, precision_recall_figure


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
