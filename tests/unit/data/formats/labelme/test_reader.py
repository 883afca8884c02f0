import base64
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from boxwright.data.formats.labelme.reader import read_labelme
from boxwright.data.reading_limits import ReadingLimits


def _shape(kind: Any, points: Any, label: Any = "cat", **more: Any) -> dict[str, Any]:
    return {
        "label": label,
        "points": points,
        "group_id": None,
        "description": "",
        "shape_type": kind,
        "flags": {},
        **more,
    }


def _read(root: Path, shapes: Any, masks: Any = "kept", **more: Any) -> Any:
    content = {"version": "5.5.0", "flags": {}, "shapes": shapes, "imagePath": "a.png", "imageData": "x" * 9}
    file = root / "a.json"
    file.write_text(json.dumps({**content, "imageHeight": 40, "imageWidth": 60, **more}))
    return read_labelme(root, [file], [root], [], ReadingLimits(masks=masks))


@pytest.fixture(autouse=True)
def picture(save_picture: Any) -> None:
    save_picture("a.png")


@pytest.mark.parametrize(
    ("kind", "points", "box", "has_mask"),
    [
        ("rectangle", [[11, 12], [1, 2]], [1, 2, 11, 12], False),
        ("polygon", [[1, 2], [11, 2], [11, 12]], [1, 2, 11, 12], True),
        ("circle", [[20, 20], [20, 25]], [15, 15, 25, 25], True),
        ("rotation", [[10, 5], [15, 10], [10, 15], [5, 10]], [5, 5, 15, 15], True),
        ("oriented_rectangle", [[10, 5], [15, 10], [10, 15], [5, 10]], [5, 5, 15, 15], True),
        ("rectangle", [[1, 2], [11, 2], [11, 12], [1, 12]], [1, 2, 11, 12], True),
    ],
)
def test_shapes(tmp_path: Path, objects: Any, kind: str, points: Any, box: list[float], has_mask: bool) -> None:
    reading = _read(tmp_path, [_shape(kind, points)])
    assert objects(reading) == [("a.png", "cat", box)]
    assert reading.faults.faults == []
    assert reading.table.segmentations.has_mask(0) == has_mask


def test_a_painted_mask(tmp_path: Path, objects: Any) -> None:
    file = io.BytesIO()
    Image.fromarray(np.eye(5, dtype=bool)).save(file, "PNG")
    text = base64.b64encode(file.getvalue()).decode()
    for more in ({}, {"imageHeight": None, "imageWidth": None}):
        reading = _read(tmp_path, [_shape("mask", [[10, 20], [14, 24]], mask=text)], **more)
        assert objects(reading) == [("a.png", "cat", [10, 20, 15, 25])]
        drawn = reading.table.truth(0).masks.to_boolean()[0].numpy()
        assert drawn.sum() == 5
        assert drawn[22, 12]


@pytest.mark.parametrize("masks", ["judged", "kept", "required"])
@pytest.mark.parametrize("far", [[40, 38], [55, 24], [12, 39]])
def test_a_rectangle_far_from_what_is_painted_in_it(tmp_path: Path, objects: Any, masks: str, far: list[int]) -> None:
    file = io.BytesIO()
    Image.fromarray(np.ones((5, 5), dtype=bool)).save(file, "PNG")
    text = base64.b64encode(file.getvalue()).decode()
    reading = _read(tmp_path, [_shape("mask", [[10, 20], far], mask=text)], masks)
    assert [fault.code for fault in reading.faults.warnings] == ["box-mask"]
    assert objects(reading) == [("a.png", "cat", [10, 20, *far])]


def test_shapes_of_one_group_are_one_object(tmp_path: Path, objects: Any) -> None:
    shapes = [
        _shape("polygon", [[1, 2], [5, 2], [5, 6]], group_id=1),
        _shape("rectangle", [[50, 30], [55, 35]]),
        _shape("polygon", [[21, 12], [25, 12], [25, 16]], group_id=1),
        _shape("polygon", [[31, 12], [35, 12], [35, 16]], "dog", group_id=1),
    ]
    reading = _read(tmp_path, shapes)
    boxes = [("a.png", "cat", [1, 2, 25, 16]), ("a.png", "cat", [50, 30, 55, 35]), ("a.png", "dog", [31, 12, 35, 16])]
    assert objects(reading) == boxes
    assert reading.table.references.tolist() == [1, 2, 4]


def test_what_is_not_held_is_counted(tmp_path: Path, objects: Any) -> None:
    shapes = [
        _shape("line", [[1, 2], [3, 4]]),
        _shape("linestrip", [[1, 2], [3, 4], [5, 6]]),
        _shape("point", [[1, 2]]),
        _shape("rectangle", [[1, 2], [11, 12]], flags={"occluded": True, "other": False}),
    ]
    reading = _read(tmp_path, shapes, flags={"night": True})
    assert len(objects(reading)) == 1
    lines = " ".join(reading.unread.lines())
    for what in ("2 × lines", "1 × points", "1 × flags of objects", "1 × flags of images"):
        assert what in lines


@pytest.mark.parametrize(
    ("shape", "code", "what"),
    [
        (_shape("polygon", [[1, 2], [3, 4]]), "polygon-short", "2 points"),
        (_shape("rectangle", [[1, 2], ["x", 4]]), "polygon-not-numbers", "finite"),
        (_shape("rectangle", [[1, 2], [1, 2]]), "box-empty", "over 0"),
        (_shape("rectangle", [[100, 2], [110, 12]]), "box-outside", "outside"),
        (_shape("star", [[1, 2], [3, 4]]), "bad-value", "a star of 2 points"),
        (_shape("mask", [[1, 2], [3, 4]], mask="%"), "mask-form", "painted mask"),
        (_shape("rectangle", [[1, 2], [3, 4]], ""), "missing-key", "'label'"),
        ("x", "bad-value", "an object"),
    ],
)
def test_bad_shapes_beside_a_sound_one(tmp_path: Path, objects: Any, shape: Any, code: str, what: str) -> None:
    reading = _read(tmp_path, [shape, _shape("rectangle", [[1, 2], [11, 12]])])
    assert len(objects(reading)) == 1
    (fault,) = reading.faults.faults
    assert (fault.code, fault.where, fault.file) == (code, "object 1", str(tmp_path / "a.json"))
    assert what in fault.message


def test_an_image_without_shapes_is_background(tmp_path: Path) -> None:
    reading = _read(tmp_path, [])
    assert (len(reading.table), len(reading.table.boxes)) == (1, 0)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    for name, text in (("b.json", "{"), ("c.json", '{"lr": 1}'), ("d.json", '{"shapes": [], "imagePath": "none.png"}')):
        (tmp_path / name).write_text(text)
    files = [tmp_path / name for name in ("b.json", "c.json", "d.json")]
    reading = read_labelme(tmp_path, files, [tmp_path], [], ReadingLimits())
    assert [fault.code for fault in reading.faults.faults] == ["unreadable-annotations", "missing-image"]
    assert "JSON files without 'shapes'" in next(iter(reading.unread.lines()))


def test_names_of_other_parts_count(tmp_path: Path, save_picture: Any) -> None:
    other = tmp_path / "b.json"
    other.write_text(json.dumps({"shapes": [_shape("rectangle", [[1, 2], [3, 4]], "ape")], "imagePath": "a.png"}))
    file = tmp_path / "a.json"
    file.write_text(json.dumps({"shapes": [_shape("rectangle", [[1, 2], [3, 4]])], "imagePath": "a.png"}))
    reading = read_labelme(tmp_path, [file], [tmp_path], [other], ReadingLimits())
    assert (reading.categories, len(reading.table)) == (("ape", "cat"), 1)


@pytest.mark.parametrize("kind", [3, ["polygon"], {"a": 1}])
def test_a_kind_that_is_no_text(tmp_path: Path, kind: Any) -> None:
    reading = _read(tmp_path, [_shape(kind, [[1, 2], [11, 12]])])
    assert [fault.code for fault in reading.faults.faults] == ["bad-value"]


def test_corner_and_size_in_place_of_corners(tmp_path: Path) -> None:
    places = [(x, y) for x in (2, 20, 48) for y in (3, 15, 31)]
    written = _read(tmp_path, [_shape("rectangle", [[x, y], [10, 8]]) for x, y in places])
    assert [fault.code for fault in written.faults.faults] == ["box-form"]
    drawn = _read(tmp_path, [_shape("rectangle", [[x + 10, y + 8], [x, y]]) for x, y in places])
    assert drawn.faults.faults == []
