from pathlib import Path
from typing import Any

import pytest

from boxwright.data.datasets.coco_document import Reading, read_document
from boxwright.errors import DataError


@pytest.fixture
def root(write_coco: Any, document: dict[str, Any]) -> Path:
    return write_coco(document).parents[1] / "images"


def _read(document: dict[str, Any], root: Path) -> Reading:
    return read_document(document, "x.json", root)


def _texts(reading: Reading) -> list[str]:
    return [fault.text for fault in reading.faults.errors]


def test_sound_document_has_no_faults(document: dict[str, Any], root: Path) -> None:
    (note,) = _read(document, root).faults.faults
    assert (note.severity, note.code) == ("note", "id-gap")
    assert "[3, 7]" in note.message


@pytest.mark.parametrize(
    ("box", "what"),
    [
        ([1, 2, 0, 4], "over 0"),
        ([1, 2, 3, 0], "over 0"),
        ([1, 2, -3, 4], "over 0"),
        ([1, 2, float("nan"), 4], "finite"),
        ([float("inf"), 2, 3, 4], "finite"),
        ([10**400, 2, 3, 4], "finite"),
        ([1, 2, 3], "four"),
        ([1, 2, "3", 4], "four"),
        (None, "four"),
        ([30, 2, 3, 4], "outside"),
        ([-5, 2, 5, 4], "outside"),
        ([1, 50, 3, 4], "outside"),
    ],
)
def test_bad_box(document: dict[str, Any], root: Path, box: Any, what: str) -> None:
    document["annotations"][0]["bbox"] = box
    reading = _read(document, root)
    assert len(_texts(reading)) == 1
    assert _texts(reading)[0].startswith("annotation 1: in b.png")
    assert what in _texts(reading)[0]
    assert len(reading.table.truth(1)) == 1


@pytest.mark.parametrize(
    ("key", "value", "what"),
    [
        ("image_id", 99, "unknown image id 99"),
        ("image_id", "5", "unknown image id '5'"),
        ("image_id", [5], "unknown image id"),
        ("category_id", 1, "unknown category id 1; valid are [3, 7]"),
        ("iscrowd", 2, "iscrowd"),
    ],
)
def test_bad_reference(document: dict[str, Any], root: Path, key: str, value: Any, what: str) -> None:
    document["annotations"][0][key] = value
    messages = _texts(_read(document, root))
    assert len(messages) == 1
    assert messages[0].startswith("annotation 1: ")
    assert what in messages[0]


@pytest.mark.parametrize("key", ["image_id", "category_id", "bbox"])
def test_missing_key_of_an_annotation(document: dict[str, Any], root: Path, key: str) -> None:
    del document["annotations"][0][key]
    assert [f"no '{key}'" in message for message in _texts(_read(document, root))] == [True]


def test_entries_that_are_not_objects(document: dict[str, Any], root: Path) -> None:
    document["annotations"].append(3)
    document["images"].append(None)
    messages = _texts(_read(document, root))
    assert [message.split(":")[0] for message in messages] == ["image number 3", "annotation number 3"]


@pytest.mark.parametrize(
    ("key", "value", "what"),
    [
        ("file_name", "gone.png", "does not exist"),
        ("file_name", "../annotations/instances_train.json", "leads out"),
        ("file_name", "sub/../../x.png", "leads out"),
        ("file_name", "/etc/hostname", "leads out"),
        ("file_name", 3, "must be a text"),
        ("width", 0, "over 0"),
        ("height", 2.5, "whole numbers"),
        ("id", "b", "whole number"),
        ("id", True, "whole number"),
    ],
)
def test_bad_image(document: dict[str, Any], root: Path, key: str, value: Any, what: str) -> None:
    document["images"][2][key] = value
    reading = _read(document, root)
    assert len(_texts(reading)) == 1
    assert what in _texts(reading)[0]
    assert len(reading.table) == 2


def test_missing_key_of_an_image(document: dict[str, Any], root: Path) -> None:
    del document["images"][2]["width"]
    assert _texts(_read(document, root)) == ["image 8: no 'width'; export the file again with all COCO keys"]


def test_objects_of_a_bad_image_are_one_fault(document: dict[str, Any], root: Path) -> None:
    document["images"][1]["file_name"] = "gone.png"
    messages = _texts(_read(document, root))
    assert len(messages) == 2
    assert messages[1] == "2 annotations belong to the faulty images above; mend the image"


def test_image_id_used_twice_keeps_the_first(document: dict[str, Any], root: Path) -> None:
    document["images"][2]["id"] = 5
    reading = _read(document, root)
    assert len(_texts(reading)) == 1
    assert "already that of b.png" in _texts(reading)[0]
    assert len(reading.table.truth(1)) == 2


def test_box_over_the_edge_is_clipped_and_counted(document: dict[str, Any], root: Path) -> None:
    document["annotations"][0]["bbox"] = [-4, 45, 10, 50]
    reading = _read(document, root)
    assert _texts(reading) == []
    assert reading.table.truth(1).boxes[0].tolist() == [0, 45, 6, 50]
    (warning,) = reading.faults.warnings
    assert (warning.code, warning.where) == ("box-clipped", "annotation 1")
    assert "in b.png" in warning.message


def test_a_hair_over_the_edge_is_no_warning(document: dict[str, Any], root: Path) -> None:
    document["annotations"][0]["bbox"] = [10, 2, 20.000001, 4]
    reading = _read(document, root)
    assert [fault.code for fault in reading.faults.faults] == ["id-gap"]
    assert reading.table.truth(1).boxes[0].tolist() == [10, 2, 30, 6]


@pytest.mark.parametrize(
    "categories",
    [
        [],
        [{"id": 1}],
        [{"name": "cat"}],
        [{"id": "1", "name": "cat"}],
        [{"id": 1, "name": "cat"}, {"id": 1, "name": "dog"}],
        [{"id": 1, "name": "cat"}, {"id": 2, "name": "cat"}],
        [None],
    ],
)
def test_bad_categories_cannot_be_skipped(document: dict[str, Any], root: Path, categories: list[Any]) -> None:
    document["categories"] = categories
    with pytest.raises(DataError, match=r"x\.json"):
        _read(document, root)
