from pathlib import Path
from typing import Any, get_args

import pytest

from boxwright.data.formats.coco.document import Reading, read_document
from boxwright.data.reading_limits import MaskDemand, ReadingLimits
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
        ("id", 1.5, "whole number"),
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


SQUARE = [2.0, 3.0, 8.0, 3.0, 8.0, 9.0, 2.0, 9.0]


def _masked(document: dict[str, Any], root: Path, demand: MaskDemand, first: Any) -> Reading:
    """Gives all objects a mask, the first one another, and reads."""
    for entry in document["annotations"]:
        entry["segmentation"] = [SQUARE]
    document["annotations"][0]["segmentation"] = first
    return read_document(document, "x.json", root, ReadingLimits(masks=demand))


@pytest.mark.parametrize(
    ("segmentation", "code"),
    [
        ([[2, 3, 8, 3]], "polygon-short"),
        ([[2, 3, 8, 3, "a", 4]], "polygon-not-numbers"),
        ([[70, 3, 80, 3, 80, 9]], "mask-outside"),
        ({"size": [50, 30], "counts": [1500]}, "rle-empty"),
        ({"size": [30, 50], "counts": [0, 1500]}, "rle-size"),
        ({"size": [50, 30], "counts": [0, 99]}, "rle-counts"),
        ({"size": [50, 30], "counts": ""}, "rle-counts"),
        ("rle", "mask-form"),
        (None, "mask-missing"),
        ([], "mask-missing"),
    ],
)
def test_a_bad_mask_is_listed_and_its_neighbours_survive(
    document: dict[str, Any], root: Path, segmentation: Any, code: str
) -> None:
    reading = _masked(document, root, "required", segmentation)
    (fault,) = reading.faults.errors
    assert (fault.code, fault.where) == (code, "annotation 1")
    assert "b.png" in fault.message
    assert [len(reading.table.truth(position)) for position in range(3)] == [1, 2, 0]
    assert reading.table.lacks_mask().tolist() == [False, True, False]
    masks = reading.table.truth(1).masks
    assert masks is not None
    assert [2, 3, 8, 9] in masks.boxes.tolist()


@pytest.mark.parametrize("demand", get_args(MaskDemand))
def test_outlines_in_fractions_are_said_for_the_whole_part(
    document: dict[str, Any], root: Path, demand: MaskDemand
) -> None:
    for entry in document["annotations"]:
        entry["segmentation"] = [[value / 50 for value in SQUARE]]
    faults = read_document(document, "x.json", root, ReadingLimits(masks=demand)).faults.faults
    whole = [fault for fault in faults if fault.code.startswith("outline-form")]
    if demand == "none":
        assert not whole
    else:
        assert whole[0].severity == ("error" if demand == "required" else "warning")
        assert "100 % would as left, top, right, bottom in fractions" in whole[0].message
        assert "masks-absent" not in [fault.code for fault in faults]


def test_box_systems_never_look_at_segmentations(document: dict[str, Any], root: Path) -> None:
    reading = _masked(document, root, "none", {"counts": object()})
    assert not reading.faults.errors
    assert reading.table.segmentations is None
    assert reading.table.truth(1).masks is None


def test_kept_masks_may_be_missing_but_not_bad(document: dict[str, Any], root: Path) -> None:
    reading = _masked(document, root, "kept", None)
    assert not reading.faults.errors
    assert reading.table.segmentations is not None
    size = (50, 30)
    assert [reading.table.segmentations.raw(row, size) for row in range(3)] == [[SQUARE], None, [SQUARE]]
    assert [fault.code for fault in _masked(document, root, "kept", [[1, 2]]).faults.errors] == ["polygon-short"]


def test_parts_that_enclose_nothing_are_a_warning(document: dict[str, Any], root: Path) -> None:
    reading = _masked(document, root, "required", [[1, 2, 3, 4], SQUARE])
    assert not reading.faults.errors
    (part,) = [fault for fault in reading.faults.warnings if fault.code != "box-mask"]  # the masks are not the boxes'
    assert (part.code, part.where) == ("polygon-part", "annotation 1")
    assert "2 points" in part.message


def test_a_crowd_brings_its_mask_or_is_as_large_as_its_box(document: dict[str, Any], root: Path) -> None:
    crowd = document["annotations"][1]
    for segmentation, area in (({"size": [40, 60], "counts": [500, 7, 1893]}, 7), (None, 300)):
        for entry in document["annotations"]:
            entry["segmentation"] = [SQUARE]
        crowd["segmentation"] = segmentation
        truth = read_document(document, "x.json", root, ReadingLimits(masks="required")).table.truth(0)
        assert truth.ignore.tolist() == [True]
        assert truth.masks is not None
        assert truth.masks.areas.tolist() == [area]


@pytest.mark.parametrize("make", [lambda i: i + 2**63, lambda i: f"{i:06d}", float, lambda i: -i])
def test_every_kind_of_image_id_finds_its_objects(document: dict[str, Any], root: Path, make: Any) -> None:
    expected = _read(document, root).table
    for image in document["images"]:
        image["id"] = make(image["id"])
    for annotation in document["annotations"]:
        annotation["image_id"] = make(annotation["image_id"])
    found = _read(document, root)
    assert not _texts(found)
    assert found.table.offsets.tolist() == expected.offsets.tolist()
    assert found.table.labels.tolist() == expected.labels.tolist()


def test_a_category_id_that_is_a_text_says_what_to_write(document: dict[str, Any], root: Path) -> None:
    document["categories"][0]["id"] = "3"
    with pytest.raises(DataError, match=r"is a text\. Write it as a whole number, here and in the annotations"):
        _read(document, root)


@pytest.mark.parametrize("name", [None, "", "  ", ["cat"], {"en": "cat"}, True])
def test_a_category_without_a_name_to_speak_of(document: dict[str, Any], root: Path, name: Any) -> None:
    document["categories"][0]["name"] = name
    with pytest.raises(DataError, match="needs a whole-number 'id', and a 'name' that is a text"):
        _read(document, root)


def test_names_may_be_numbers(document: dict[str, Any], root: Path) -> None:
    document["categories"][0]["name"] = 5
    assert "5" in _read(document, root).categories


@pytest.mark.parametrize(("change", "faults"), [(float, 0), (lambda side: side + 0.5, 1), (str, 1)])
def test_sides_are_whole_numbers_however_they_are_written(
    document: dict[str, Any], root: Path, change: Any, faults: int
) -> None:
    sound = _read(document, root)
    document["images"][0]["width"] = change(document["images"][0]["width"])
    found = _read(document, root)
    assert len([fault for fault in found.faults.errors if fault.code == "bad-value"]) == faults
    assert faults or found.table.truth(0).boxes.equal(sound.table.truth(0).boxes)
