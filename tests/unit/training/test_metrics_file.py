"""The table of losses."""

from pathlib import Path

import cv2
import pytest

from boxwright.training.metrics_file import MetricsFile, Row, draw_curves

pytestmark = pytest.mark.paints


def _row(epoch: int, ap: float | None = 0.5) -> Row:
    return {
        "epoch": epoch,
        "box": 1.5 / epoch,
        "ap": ap,
        "ap50": ap,
        "lr": 0.01,
        "seconds": 2.0,
        "images_per_second": 8.0,
    }


def test_one_row_per_epoch(tmp_path: Path) -> None:
    table = MetricsFile(tmp_path / "metrics.csv")
    table.add(_row(1))
    table.add(_row(2, ap=None))
    assert (tmp_path / "metrics.csv").read_text().splitlines() == [
        "epoch,box,ap,ap50,lr,seconds,images_per_second",
        "1,1.5,0.5,0.5,0.01,2.0,8.0",
        "2,0.75,,,0.01,2.0,8.0",
    ]


def test_a_resumed_run_replaces_later_rows(tmp_path: Path) -> None:
    first = MetricsFile(tmp_path / "metrics.csv")
    for epoch in (1, 2, 3):
        first.add(_row(epoch))
    resumed = MetricsFile(tmp_path / "metrics.csv")
    resumed.add(_row(2, ap=0.9))
    lines = (tmp_path / "metrics.csv").read_text().splitlines()
    assert [line.split(",")[0] for line in lines] == ["epoch", "1", "2"]
    assert lines[2].split(",")[2] == "0.9"
    assert MetricsFile(tmp_path / "metrics.csv").rows == resumed.rows


def test_curves_show_something(tmp_path: Path) -> None:
    draw_curves([_row(1), _row(2, ap=None), _row(3)], tmp_path / "losses.png")
    picture = cv2.imread(str(tmp_path / "losses.png"))
    assert picture.shape[0] > 200
    assert picture.std() > 0


def test_curves_without_rows_are_no_error(tmp_path: Path) -> None:
    draw_curves([], tmp_path / "losses.png")
    assert (tmp_path / "losses.png").stat().st_size > 0
