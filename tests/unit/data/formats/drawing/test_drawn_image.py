from pathlib import Path
from typing import Any

import pytest

from boxwright.data.faults import FaultList
from boxwright.data.formats.box_check import UnsoundError
from boxwright.data.formats.drawing.drawn_image import (
    DrawnImage,
    DrawnObject,
    Notes,
    NotHeldError,
    image_size,
    read_drawn,
)
from boxwright.data.formats.drawing.shapes import Shape, polygon, rectangle
from boxwright.data.reading_limits import ReadingLimits


def _build(entry: Any) -> tuple[str, Shape]:
    if entry == "bad":
        raise UnsoundError("missing-key", "no 'label'")
    if entry == "line":
        raise NotHeldError("lines")
    return entry, rectangle((1.0, 2.0), (5.0, 6.0))


def test_entries_become_objects_or_notes() -> None:
    notes = Notes(FaultList("data"))
    found = notes.objects(enumerate(["cat", "bad", "line", "dog"], start=1), _build, "a.json", "images/a.jpg")
    assert [(each.number, each.name) for each in found] == [(1, "cat"), (4, "dog")]
    (fault,) = notes.faults.faults
    assert str(fault).startswith("a.json, object 2: in a.jpg: no 'label'; ")
    assert list(notes.unread.lines()) == ["1 × lines (first: a.json, object 3)"]


@pytest.mark.parametrize(
    ("height", "width", "size"),
    [
        (4, 6, (4, 6)),
        ("4", "6", (4, 6)),
        (None, 6, (40, 60)),
        (0, 6, (40, 60)),
        ("x", 6, (40, 60)),
        (float("inf"), 6, (40, 60)),
    ],
)
def test_the_size_is_stated_or_that_of_the_image(save_picture: Any, height: Any, width: Any, size: Any) -> None:
    path = str(save_picture("a.png"))
    assert image_size(path, height, width, Notes(FaultList("data")), ReadingLimits()) == size


def test_a_table_of_drawn_images(save_picture: Any, objects: Any) -> None:
    path = str(save_picture("a.png"))
    drawn = (
        DrawnObject(1, "dog", rectangle((1.0, 2.0), (5.0, 6.0))),
        DrawnObject(2, "cat", polygon([(50, 30), (70, 30), (70, 35)])),
        DrawnObject(3, "ape", rectangle((1.0, 2.0), (5.0, 6.0))),
        DrawnObject(4, "cat", rectangle((100.0, 2.0), (105.0, 6.0))),
    )
    images = [DrawnImage(path, (40, 60), "a.json", drawn)]
    reading = read_drawn(images, ["cat", "dog"], Notes(FaultList("data")), ReadingLimits(masks="kept"))
    assert objects(reading) == [("a.png", "dog", [1, 2, 5, 6]), ("a.png", "cat", [50, 30, 60, 35])]
    assert reading.table.references.tolist() == [1, 2]
    assert sorted(fault.code for fault in reading.faults.faults) == ["box-clipped", "box-outside", "unknown-class"]
    assert all("in a.png: " in fault.message for fault in reading.faults.faults)
    assert reading.table.segmentations is not None
    assert [reading.table.segmentations.has_mask(row) for row in (0, 1)] == [False, True]


def test_an_image_that_cannot_be_opened_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "a.png").touch()
    notes = Notes(FaultList("data"))
    assert image_size(str(tmp_path / "a.png"), None, None, notes, ReadingLimits()) is None
    assert [fault.code for fault in notes.faults.faults] == ["image-empty"]


def test_a_size_that_claims_too_much_is_a_fault(save_picture: Any) -> None:
    notes = Notes(FaultList("data"))
    assert image_size(str(save_picture("a.png")), 10**6, 10**6, notes, ReadingLimits()) is None
    assert [fault.code for fault in notes.faults.faults] == ["image-too-large"]
