"""`--recipe published` trains as before recipes were fitted, number by number."""

import csv
from pathlib import Path

import pytest

from boxwright import train

HOW = {"canvas": 64, "epochs": 2, "workers": 0, "logger": "csv", "accelerator": "cpu"}
RECORDED = {
    "yolov8n": [
        2.57722,
        0.128708,
        2.75644,
        0.8219,
        1.72561,
        0.0738863,
        3.99265,
        0.126081,
        2.98306,
        0.821001,
        2.3576,
        0.0724816,
    ],
    "yolov5n": [
        0.169204,
        0.16204,
        0.0379449,
        0.0371106,
        0.0347654,
        0.0297716,
        0.166899,
        0.162066,
        0.0378083,
        0.0370884,
        0.0377393,
        0.029775,
    ],
}
"""Losses on the bundled photographs of the last version that knew no other recipe."""


@pytest.mark.parametrize("system", RECORDED)
def test_a_published_recipe_trains_as_it_did(system: str, tmp_path: Path) -> None:
    published = train("sample:bccd", system, recipe="published", output=tmp_path, **HOW)
    assert _losses(published.directory) == pytest.approx(RECORDED[system], rel=1e-3)


def _losses(run: Path) -> list[float]:
    names = ("box", "class", "dfl", "objectness")
    with (run / "metrics.csv").open() as file:
        return [
            float(row[each])
            for row in csv.DictReader(file)
            for name in names
            for each in (name, f"val_{name}")
            if each in row
        ]
