from pathlib import Path

import numpy as np
import pytest

from boxwright.data.faults import FaultList
from boxwright.data.formats.box_check import UnsoundError
from boxwright.data.formats.yolo.labels import read_labels
from boxwright.data.formats.yolo.row_forms import RowForms, key_point_columns, looks_like_key_points
from boxwright.errors import DataError

BOX = "0 0.5 0.5 0.2 0.4"


def _said(forms: RowForms, text: str) -> tuple[list[list[float]], list[tuple[str, str]]]:
    faults = FaultList("data.yaml")
    found = list(read_labels(text, (100, 100), {0: 0}, "a.txt", faults, forms=forms))
    forms.say(faults)
    corners = [[round(value, 6) for value in each.corners] for each in found]
    return corners, [(fault.code, fault.message) for fault in faults.faults]


@pytest.mark.parametrize(
    ("shape", "columns"), [(None, None), (["17", "3"], 51), (["1", "2"], 2), (["4", "2"], 8), (["0", "3"], 0)]
)
def test_shape_of_key_points(shape: object, columns: int | None) -> None:
    assert key_point_columns({"kpt_shape": shape}, Path("data.yaml")) == columns


@pytest.mark.parametrize("shape", ["17", ["17"], ["17", "4"], ["a", "2"], ["17", "3", "1"], {"a": "b"}])
def test_shape_that_is_none(shape: object) -> None:
    with pytest.raises(DataError, match="kpt_shape must be"):
        key_point_columns({"kpt_shape": shape}, Path("data.yaml"))


@pytest.mark.parametrize("points", [1, 2, 4, 17])
@pytest.mark.parametrize("each", ["0.45 0.55", "0.45 0.55 2", "0.45 0.55 1", "0 0 0"])
def test_key_points_are_left_out_of_a_box(points: int, each: str) -> None:
    forms = RowForms(points * len(each.split()))
    corners, said = _said(forms, f"{BOX} {' '.join([each] * points)}\n{BOX}\n{BOX} {' '.join([each] * points)}\n")
    assert corners == [[40, 30, 60, 70]] * 3
    assert [code for code, _ in said] == ["rows-taken-for"]
    assert "2 rows" in said[0][1]
    assert "key points are left out (first: a.txt, line 1)" in said[0][1]


def test_rows_that_do_not_fit_the_key_points() -> None:
    corners, said = _said(RowForms(6), f"{BOX} 0.1 0.1\n{BOX} 0.5 0.5 2 0.5 0.5 2 7\n")
    assert corners == [[40, 30, 60, 70]]
    assert said[0] == ("wrong-columns", "7 columns; by kpt_shape a row has 11, or 5 without points")
    assert {code for code, _ in said[1:]} == {"rows-taken-for", "column-left-out"}


def test_track_numbers_are_left_out_and_said_once() -> None:
    corners, said = _said(RowForms(), f"{BOX} 3\n{BOX} 12\n{BOX} -1\n")
    assert corners == [[40, 30, 60, 70]] * 3
    ((code, message),) = said
    assert code == "column-left-out"
    assert message == "3 rows with a whole number at the end: a track number, left out (first: a.txt, line 1)"


@pytest.mark.parametrize("score", ["0.9", "1.0", "0.000001", "1e-3"])
def test_scores_are_refused(score: str) -> None:
    with pytest.raises(UnsoundError, match="looks like a score"):
        RowForms().cut(f"{BOX} {score}".split(), "a.txt")


def test_polygons_and_oriented_boxes_are_said_once() -> None:
    text = "0 0.2 0.2 0.5 0.3 0.45 0.6 0.15 0.5\n" * 2 + "0 0.2 0.2 0.5 0.3 0.45 0.6\n" * 3
    _, said = _said(RowForms(), text)
    assert [code for code, _ in said] == ["rows-taken-for"] * 2
    assert "3 rows of 7 and more columns: a class and a polygon" in said[0][1]
    assert "2 rows of 9 columns: a class and a polygon of four points" in said[1][1]


def test_key_points_that_nothing_says() -> None:
    rows = [f"0 0.8 0.8 {width} 0.4 0.78 0.7 0.82 0.9\n" for width in (0.1, 0.2, 0.3)]
    _, said = _said(RowForms(), "".join(rows))
    ((code, message),) = said
    assert code == "rows-doubtful"
    assert "3 rows of 7 and more columns are taken for a class and a polygon, but 3 of them look like" in message


@pytest.mark.parametrize(
    ("row", "hint"),
    [
        (f"{BOX} {'0.5 0.5 2 ' * 17}", r"17 key points: then write kpt_shape: \[17, 3\]"),
        (f"{BOX} 0.5 0.5 1", r"1 key points: then write kpt_shape"),
        ("0 0.2 0.2 0.5 0.3 0.45 0.6 0.15 0.5 7", "looks like a track number"),
    ],
)
def test_hints_for_rows_that_are_refused(row: str, hint: str) -> None:
    with pytest.raises(UnsoundError, match=hint):
        RowForms().cut(row.split(), "a.txt")


def test_polygons_do_not_look_like_key_points() -> None:
    rng = np.random.default_rng(0)
    found = 0
    for points in (3, 4, 5, 8, 20):
        for _ in range(200):
            angles = np.sort(rng.uniform(0, 2 * np.pi, points))
            middle, size = rng.uniform(0.2, 0.8, 2), rng.uniform(0.02, 0.2, 2)
            ring = middle + size * np.stack([np.cos(angles), np.sin(angles)], axis=1)
            found += looks_like_key_points(ring.reshape(-1).tolist())
    assert found < 50  # of 1000, and half of the rows of a part would be needed


def test_boxes_with_points_look_like_key_points() -> None:
    rng = np.random.default_rng(0)
    found = 0
    for points in (2, 5, 17):
        for _ in range(100):
            size = rng.uniform(0.05, 0.3, 2)
            middle = rng.uniform(size / 2, 1 - size / 2)
            inside = middle + size * rng.uniform(-0.5, 0.5, (points, 2))
            row = np.concatenate([middle, size, inside.reshape(-1)])
            found += looks_like_key_points(row.tolist())
            seen = np.concatenate([inside, rng.integers(0, 3, (points, 1))], axis=1)
            assert looks_like_key_points(np.concatenate([middle, size, seen.reshape(-1)]).tolist())
    assert found > 150  # of 300
