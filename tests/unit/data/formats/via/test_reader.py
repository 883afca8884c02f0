import json
import math
from pathlib import Path
from typing import Any

import pytest

from boxwright.data.formats.via.reader import read_via
from boxwright.data.reading_limits import ReadingLimits
from boxwright.errors import DataError


@pytest.fixture(autouse=True)
def picture(save_picture: Any) -> None:
    save_picture("a.jpg")


def _region(name: str, attributes: Any = None, **shape: Any) -> dict[str, Any]:
    chosen = {"class": "cat"} if attributes is None else attributes
    return {"shape_attributes": {"name": name, **shape}, "region_attributes": chosen}


RECT = {"x": 1, "y": 2, "width": 10, "height": 10}


def _read(root: Path, regions: Any, file_attributes: Any = None) -> Any:
    entry = {"filename": "a.jpg", "size": 9, "regions": regions, "file_attributes": file_attributes or {}}
    (root / "via.json").write_text(json.dumps({"a.jpg9": entry}))
    return read_via(root, [root / "via.json"], [root], [], ReadingLimits(masks="kept"))


@pytest.mark.parametrize(
    ("region", "box", "has_mask"),
    [
        (_region("rect", **RECT), [1, 2, 11, 12], False),
        (_region("polygon", all_points_x=[1, 11, 11], all_points_y=[2, 2, 12]), [1, 2, 11, 12], True),
        (_region("circle", cx=20, cy=20, r=5.5), [14.5, 14.5, 25.5, 25.5], True),
        (_region("ellipse", cx=20, cy=20, rx=10, ry=5), [10, 15, 30, 25], True),
        (_region("ellipse", cx=20, cy=20, rx=10, ry=5, theta=math.pi / 2), [15, 10, 25, 30], True),
    ],
)
def test_shapes(tmp_path: Path, objects: Any, region: Any, box: list[float], has_mask: bool) -> None:
    for regions in ([region], {"0": region}):
        reading = _read(tmp_path, regions)
        assert objects(reading) == [("a.jpg", "cat", box)]
        assert reading.faults.faults == []
        assert reading.table.segmentations.has_mask(0) == has_mask


@pytest.mark.parametrize(
    ("attributes", "name"),
    [
        ({"anything": "dog"}, "dog"),
        ({"Label": "dog", "age": "old"}, "dog"),
        ({"type": "x", "class": "dog"}, "dog"),
        ({"kind": {"dog": True, "cat": False}}, "dog"),
        ({}, "object"),
    ],
)
def test_the_class(tmp_path: Path, objects: Any, attributes: Any, name: str) -> None:
    assert objects(_read(tmp_path, [_region("rect", attributes, **RECT)])) == [("a.jpg", name, [1, 2, 11, 12])]


def test_no_attribute_is_known_as_the_class(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"attributes age, size.*Call it 'class'"):
        _read(tmp_path, [_region("rect", {"age": "1", "size": "2"}, **RECT)])


def test_what_is_not_held_is_counted(tmp_path: Path, objects: Any) -> None:
    line = _region("polyline", all_points_x=[1, 2], all_points_y=[1, 2])
    regions = [_region("point", cx=1, cy=1), line, _region("rect", {"class": "cat", "age": "old"}, **RECT)]
    reading = _read(tmp_path, regions, {"night": "1"})
    assert len(objects(reading)) == 1
    lines = " ".join(reading.unread.lines())
    for what in ("points", "polylines", "attributes 'age' of objects", "attributes of images"):
        assert f"1 × {what}" in lines


@pytest.mark.parametrize(
    ("region", "code"),
    [
        (_region("rect", x=1, y=2, width=10), "box-not-numbers"),
        (_region("rect", x=1, y=2, width=-10, height=4), "box-empty"),
        (_region("polygon", all_points_x=[1, 2], all_points_y=[1]), "polygon-not-numbers"),
        (_region("polygon", all_points_x=[1, 2], all_points_y=[1, 2]), "polygon-short"),
        (_region("star"), "bad-value"),
        (_region("rect", {"class": ""}, **RECT), "missing-key"),
        (_region("rect", {"class": {"a": True, "b": True}}, **RECT), "missing-key"),
        ({}, "missing-key"),
        (7, "missing-key"),
    ],
)
def test_bad_regions_beside_a_sound_one(tmp_path: Path, objects: Any, region: Any, code: str) -> None:
    reading = _read(tmp_path, [_region("rect", **RECT), region])
    assert len(objects(reading)) == 1
    assert [(fault.code, fault.where) for fault in reading.faults.faults] == [(code, "object 2")]


def test_an_image_that_is_missing(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").unlink()
    reading = _read(tmp_path, [])
    assert [fault.code for fault in reading.faults.faults] == ["missing-image"]
