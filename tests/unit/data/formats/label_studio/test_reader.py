import json
from pathlib import Path
from typing import Any

import pytest

from boxwright.data.formats.label_studio.reader import read_label_studio
from boxwright.data.reading_limits import ReadingLimits


@pytest.fixture(autouse=True)
def picture(save_picture: Any) -> None:
    save_picture("images/a.jpg", (100, 200))


def _result(kind: str, value: Any, label: Any = "cat", **more: Any) -> dict[str, Any]:
    labelled = value if label is None else {**value, kind: [label]}
    return {"id": "x", "type": kind, "value": labelled, "original_width": 200, "original_height": 100, **more}


def _read(root: Path, results: Any, image: str = "/data/upload/1/0a1b2c3d-a.jpg") -> Any:
    tasks = [{"id": 1, "data": {"image": image}, "annotations": [{"result": results}], "predictions": []}]
    (root / "export.json").write_text(json.dumps(tasks))
    return read_label_studio(root, [root / "export.json"], [root / "images"], [], ReadingLimits(masks="kept"))


RECT = {"x": 10, "y": 20, "width": 30, "height": 40, "rotation": 0}


@pytest.mark.parametrize(
    ("kind", "value", "box", "has_mask"),
    [
        ("rectanglelabels", RECT, [20, 20, 80, 60], False),
        ("rectanglelabels", {**RECT, "x": 50, "rotation": 90}, [60, 20, 100, 80], True),
        ("polygonlabels", {"points": [[10, 20], [40, 20], [40, 60]]}, [20, 20, 80, 60], True),
        ("ellipselabels", {"x": 50, "y": 50, "radiusX": 10, "radiusY": 20}, [80, 30, 120, 70], True),
    ],
)
def test_shapes(tmp_path: Path, objects: Any, kind: str, value: Any, box: list[float], has_mask: bool) -> None:
    reading = _read(tmp_path, [_result(kind, value)])
    assert objects(reading) == [("a.jpg", "cat", box)]
    assert reading.faults.faults == []
    assert reading.table.segmentations.has_mask(0) == has_mask


def test_what_was_painted(tmp_path: Path, objects: Any) -> None:
    bits = f"{200 * 100 * 4:032b}{7:05b}" + f"{15:04b}" * 4
    for value, repeats in ((0, 200 * 10 * 4), (255, 200 * 20 * 4), (0, 200 * 70 * 4)):
        bits += f"100{repeats - 1:016b}{value:08b}"
    bits += "0" * (-len(bits) % 8)
    rle = [int(bits[place : place + 8], 2) for place in range(0, len(bits), 8)]
    reading = _read(tmp_path, [_result("brushlabels", {"format": "rle", "rle": rle})])
    assert objects(reading) == [("a.jpg", "cat", [0, 10, 200, 30])]
    assert int(reading.table.truth(0).masks.areas[0]) == 4000


def test_a_task_without_shapes_is_background(tmp_path: Path) -> None:
    assert len(_read(tmp_path, []).table) == 1


def test_what_is_not_held_is_counted(tmp_path: Path, objects: Any) -> None:
    results = [
        {"type": "choices", "value": {"choices": ["night"]}},
        _result("keypointlabels", {"x": 1, "y": 2, "width": 0.5}),
        _result("rectangle", RECT, None),
        _result("rectanglelabels", RECT),
    ]
    reading = _read(tmp_path, results)
    assert len(objects(reading)) == 1
    lines = " ".join(reading.unread.lines())
    for what in ("results of the kind 'choices'", "results of the kind 'keypointlabels'", "shapes without a label"):
        assert f"1 × {what}" in lines


@pytest.mark.parametrize(
    ("result", "code"),
    [
        (_result("rectanglelabels", {**RECT, "x": "a"}), "box-not-numbers"),
        (_result("rectanglelabels", {**RECT, "width": 0}), "box-empty"),
        (_result("rectanglelabels", {**RECT, "x": 200}), "box-outside"),
        (_result("rectanglelabels", RECT, image_rotation=90), "bad-value"),
        (_result("polygonlabels", {"points": [[1, 2], [3, 4]]}), "polygon-short"),
        (_result("polygonlabels", {"points": 3}), "polygon-not-numbers"),
        (_result("brushlabels", {"rle": [1, 2]}), "rle-size"),
    ],
)
def test_bad_results_beside_a_sound_one(tmp_path: Path, objects: Any, result: Any, code: str) -> None:
    reading = _read(tmp_path, [_result("rectanglelabels", RECT), result])
    assert len(objects(reading)) == 1
    assert [(fault.code, fault.where) for fault in reading.faults.faults] == [(code, "object 2")]


def test_an_image_that_is_missing_or_outside(tmp_path: Path) -> None:
    for image in ("/data/upload/1/0a1b2c3d-z.jpg", "/data/local-files/?d=../../secret.jpg"):
        (fault,) = _read(tmp_path, [], image).faults.faults
        assert (fault.code, fault.where) in (("missing-image", "task 1"), ("path-outside", "task 1"))


@pytest.mark.parametrize("result", [None, 3, "x", [], {}, {"value": 3}, {"type": [], "value": []}])
def test_results_that_are_none(tmp_path: Path, objects: Any, result: Any) -> None:
    reading = _read(tmp_path, [_result("rectanglelabels", RECT), result])
    assert len(objects(reading)) == 1
    assert len(list(reading.unread.lines())) == 1


@pytest.mark.parametrize(("kind", "code"), [("rectanglelabels", "box-form-wrong"), ("polygonlabels", "outline-form")])
def test_fractions_where_percent_are_due_are_said(tmp_path: Path, save_picture: Any, kind: str, code: str) -> None:
    save_picture("images/a.jpg", (900, 1200))
    places = [(column / 10, row / 10) for column in range(10) for row in range(10)]
    values = {
        "rectanglelabels": [{"x": x, "y": y, "width": 0.09, "height": 0.09, "rotation": 0} for x, y in places],
        "polygonlabels": [{"points": [[x, y], [x + 0.09, y], [x + 0.09, y + 0.09]]} for x, y in places],
    }[kind]
    results = [{**_result(kind, value), "original_width": 1200, "original_height": 900} for value in values]
    faults = _read(tmp_path, results).faults.faults
    assert faults[0].code == code
    assert "fractions" in str(faults[0])
