"""Errors and counts as CSV."""

import csv
from pathlib import Path

from boxwright.evaluation.errors import Confusion, DetectionError
from boxwright.evaluation.errors.error_table import HEAD, write_confusion, write_errors

BOX = (1.0, 2.0, 3.0, 4.0)
NAMES = ["a,b", 'q"\n', "細胞"]


def _rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_a_row_for_every_error(tmp_path: Path) -> None:
    path = tmp_path / "errors.csv"
    poor = DetectionError("poor box", 7, "x/ä.png", 400.0, BOX, 0, (1.5, 2.0, 3.0, 4.0), 2, 0.75, 1 / 3)
    write_errors([DetectionError("miss", 7, "\udcff.png", 4e6, BOX, 1), poor], NAMES, path)
    head, miss, other = _rows(path)
    assert tuple(head) == HEAD
    assert dict(zip(head, other, strict=True)) == {
        "file": "x/ä.png", "image_id": "7", "kind": "poor box", "true_class": "a,b", "found_class": "細胞",
        "score": "0.7500", "overlap": "0.3333", "size": "small",
        "true_x1": "1.00", "true_y1": "2.00", "true_x2": "3.00", "true_y2": "4.00",
        "found_x1": "1.50", "found_y1": "2.00", "found_x2": "3.00", "found_y2": "4.00",
    }  # fmt: skip
    assert miss == [r"\udcff.png", "7", "miss", r'q"\n', "", "", "", "large", "1.00", "2.00", "3.00", "4.00", *[""] * 4]


def test_counts_with_the_background_last(tmp_path: Path) -> None:
    miss = DetectionError("miss", 7, "a.png", 4.0, true_label=1)
    write_confusion(Confusion({2: 3}, [miss]), NAMES, tmp_path / "confusion.csv")
    assert _rows(tmp_path / "confusion.csv") == [
        ["true_class", "found_class", "count"],
        [r'q"\n', "(background)", "1"],
        ["細胞", "細胞", "3"],
    ]


def test_no_name_is_a_formula(tmp_path: Path) -> None:
    error = DetectionError("miss", 7, "-1/=a.png", 4.0, (-1.0, 2.0, 3.0, 4.0), 0)
    write_errors([error], ["=cmd()|' /C calc'!A0", "@b"], tmp_path / "errors.csv")
    write_confusion(Confusion({1: 3}, [error]), ["=cmd()|' /C calc'!A0", "@b"], tmp_path / "confusion.csv")
    row = _rows(tmp_path / "errors.csv")[1]
    assert (row[0], row[3], row[8]) == ("'-1/=a.png", "'=cmd()|' /C calc'!A0", "-1.00")
    assert [each[0] for each in _rows(tmp_path / "confusion.csv")[1:]] == ["'=cmd()|' /C calc'!A0", "'@b"]
