import base64
import io
import json
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from boxwright.data.formats.supervisely.reader import read_supervisely
from boxwright.data.reading_limits import ReadingLimits


@pytest.fixture(autouse=True)
def picture(save_picture: Any) -> None:
    save_picture("ds/img/a.jpg")


def _object(kind: Any, exterior: Any = None, interior: Any = (), **more: Any) -> dict[str, Any]:
    points = {} if exterior is None else {"points": {"exterior": exterior, "interior": list(interior)}}
    return {"id": 1, "classTitle": "cat", "geometryType": kind, "tags": [], **points, **more}


def _read(root: Path, entries: Any, **more: Any) -> Any:
    file = root / "ds/ann/a.jpg.json"
    file.parent.mkdir(exist_ok=True)
    content = {"description": "", "tags": [], "size": {"height": 40, "width": 60}, "objects": entries, **more}
    file.write_text(json.dumps(content))
    return read_supervisely(root, [file], ["dog", "cat"], ReadingLimits(masks="kept"))


def _bitmap(pixels: np.ndarray, origin: Any) -> dict[str, Any]:
    file = io.BytesIO()
    values = np.zeros((*pixels.shape, 4), dtype=np.uint8)
    values[pixels] = 255
    Image.fromarray(values).save(file, "PNG")
    data = base64.b64encode(zlib.compress(file.getvalue())).decode()
    return _object("bitmap", bitmap={"data": data, "origin": origin})


@pytest.mark.parametrize(
    ("entry", "box", "has_mask"),
    [
        (_object("rectangle", [[11, 12], [1, 2]]), [1, 2, 11, 12], False),
        (_object("polygon", [[1, 2], [11, 2], [11, 12]]), [1, 2, 11, 12], True),
        (_object("ellipse", center=[20, 20], radius=[10, 5], angle=90), [15, 10, 25, 30], True),
        (_bitmap(np.eye(5, dtype=bool), [10, 20]), [10, 20, 15, 25], True),
    ],
)
def test_shapes(tmp_path: Path, objects: Any, entry: Any, box: list[float], has_mask: bool) -> None:
    reading = _read(tmp_path, [entry])
    assert objects(reading) == [("a.jpg", "cat", box)]
    assert reading.faults.faults == []
    assert reading.table.segmentations.has_mask(0) == has_mask


def test_a_polygon_with_a_hole(tmp_path: Path, objects: Any) -> None:
    square = [[10, 10], [30, 10], [30, 30], [10, 30]]
    hole = [[15, 15], [25, 15], [25, 25], [15, 25]]
    reading = _read(tmp_path, [_object("polygon", square, [hole])])
    assert objects(reading) == [("a.jpg", "cat", [10, 10, 30, 30])]
    drawn = reading.table.truth(0).masks.to_boolean()[0].numpy()
    assert drawn.sum() == 400 - 100
    assert drawn[12, 12]
    assert not drawn[20, 20]


def test_what_is_not_held_is_counted(tmp_path: Path, objects: Any) -> None:
    entries = [
        _object("line", [[1, 2], [3, 4]]),
        _object("point", [[1, 2]]),
        _object("graph", nodes={}),
        _object("rectangle", [[1, 2], [11, 12]], tags=[{"name": "old"}]),
    ]
    reading = _read(tmp_path, entries, tags=[{"name": "night"}])
    assert len(objects(reading)) == 1
    lines = " ".join(reading.unread.lines())
    for what in ("polylines", "points", "key points", "tags of images", "tags of objects"):
        assert f"1 × {what}" in lines


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        (_object("rectangle", [[1, 2]]), "bad-value"),
        (_object("rectangle"), "missing-key"),
        (_object("polygon", [[1, 2], [3, "x"], [4, 5]]), "polygon-not-numbers"),
        (_object("polygon", [[100, 2], [110, 2], [110, 9]], [[[1, 1], [2, 2], [3, 3]]]), "box-outside"),
        (_object("bitmap"), "missing-key"),
        (_object("bitmap", bitmap={"data": "%", "origin": [1, 2]}), "mask-form"),
        (_bitmap(np.eye(5, dtype=bool), [58, 20]), "mask-outside"),
        (_object("ellipse"), "polygon-not-numbers"),
        (_object("rectangle", [[1, 2], [3, 4]], classTitle=None), "missing-key"),
        (_object("rectangle", [[1, 2], [3, 4]], classTitle="ape"), "unknown-class"),
        (3, "bad-value"),
    ],
)
def test_bad_objects_beside_a_sound_one(tmp_path: Path, objects: Any, entry: Any, code: str) -> None:
    reading = _read(tmp_path, [entry, _object("rectangle", [[1, 2], [11, 12]])])
    assert len(objects(reading)) == 1
    assert [(fault.code, fault.where) for fault in reading.faults.faults] == [(code, "object 1")]


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    folder = tmp_path / "ds/ann"
    folder.mkdir()
    for name, text in (("a.jpg.json", "{"), ("b.jpg.json", "{}"), ("c.jpg.json", '{"objects": []}')):
        (folder / name).write_text(text)
    reading = read_supervisely(tmp_path, sorted(folder.iterdir()), ["cat"], ReadingLimits())
    codes = [fault.code for fault in reading.faults.faults]
    assert codes == ["unreadable-annotations", "unreadable-annotations", "missing-image"]


@pytest.mark.parametrize("kind", [None, 3, [], {}])
def test_a_kind_that_is_no_text(tmp_path: Path, kind: Any) -> None:
    reading = _read(tmp_path, [_object(kind, [[1, 2], [11, 12]])])
    assert [fault.code for fault in reading.faults.faults] == ["bad-value"]


@pytest.mark.parametrize("number", [12, 60])
def test_rectangles_of_a_corner_and_a_size_are_said(tmp_path: Path, number: int) -> None:
    rng = np.random.default_rng(0)
    sides = rng.uniform(3, 12, (number, 2))
    low = rng.uniform(0, 1, (number, 2)) * ((60, 40) - sides)
    wrong = [_object("rectangle", [list(first), list(second)]) for first, second in zip(low, sides, strict=True)]
    right = [_object("rectangle", [list(first), list(second)]) for first, second in zip(low, low + sides, strict=True)]
    faults = _read(tmp_path, wrong).faults.faults
    assert faults[0].code == "box-form"
    assert f"of the {number} rectangles" in faults[0].message
    assert "would fit as left, top, width, height" in faults[0].message
    assert _read(tmp_path, right).faults.faults == []
