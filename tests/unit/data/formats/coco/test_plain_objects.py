import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from boxwright.data import ReadingLimits
from boxwright.data.formats.coco import document as module
from boxwright.data.formats.coco.document import read_document
from boxwright.data.formats.coco.packed_values import PackedValues
from boxwright.data.formats.coco.plain_entries import Entries, PlainEntries
from boxwright.data.formats.coco.reader import load_json

COLUMNS = ("paths", "image_ids", "sizes", "offsets", "boxes", "labels", "ignore", "areas", "references")
ODDITIES: dict[str, dict[str, Any]] = {
    "nothing": {},
    "no area": {"area": None},
    "outside": {"bbox": [90, 90, 5, 5]},
    "empty": {"bbox": [1, 1, 0, 5]},
    "over the edge": {"bbox": [20, 3.5, 30, 5]},
    "by a hair": {"bbox": [10, 10, 22.005, 5]},
    "text": {"bbox": [1, 2, "3", 4]},
    "truth": {"bbox": [1, 2, True, 4]},
    "three": {"bbox": [1, 2, 3]},
    "huge": {"bbox": [1, 2, 1e300, 4]},
    "no number": {"bbox": [1, 2, float("nan"), 4]},
    "unknown image": {"image_id": 77},
    "faulty image": {"image_id": 4},
    "image as float": {"image_id": 1.0},
    "image as truth": {"image_id": True},
    "unknown class": {"category_id": 5},
    "class as float": {"category_id": 2.0},
    "crowd": {"iscrowd": 1},
    "odd crowd": {"iscrowd": 2},
    "truth as crowd": {"iscrowd": True},
    "odd area": {"area": -4},
    "text as area": {"area": "4"},
    "long id": {"id": 2**80},
    "longest id": {"id": -(2**63)},
    "text as id": {"id": "x"},
    "id again": {"id": 103},
}


def _document(rng: np.random.Generator, entries: int) -> dict[str, Any]:
    images = [{"id": number, "file_name": f"{number}.jpg", "width": 32, "height": 24} for number in (3, 1, 2)]
    images += [{"id": 4, "file_name": "gone.jpg", "width": 32, "height": 24}]
    objects = [
        {
            "id": 100 + number,
            "image_id": int(rng.integers(1, 4)),
            "category_id": int(rng.choice([2, 9])),
            "bbox": [int(rng.integers(0, 9)), *np.round(rng.uniform(1, 9, 3), 2).tolist()],
            "area": float(rng.integers(1, 50)),
            "iscrowd": 0,
        }
        for number in range(entries)
    ]
    return {"images": images, "annotations": objects, "categories": [{"id": 9, "name": "b"}, {"id": 2, "name": "a"}]}


@pytest.mark.parametrize(
    "names", [*([name] for name in ODDITIES), list(ODDITIES)], ids=lambda names: "+".join(names)[:20]
)
def test_many_at_a_time_are_read_as_one_by_one(
    names: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)
    document = _document(rng, 40)
    for name in names:
        document["annotations"][int(rng.integers(40))].update(ODDITIES[name])
    for number in (1, 2, 3):
        (tmp_path / f"{number}.jpg").write_bytes(b"")
    path = tmp_path / "x.json"
    path.write_text(json.dumps(document))
    limits = ReadingLimits()
    streamed = load_json(path, limits)
    assert isinstance(streamed["annotations"], Entries)
    assert list(streamed["annotations"]) == document["annotations"] or names != ["nothing"]
    fast = read_document(streamed, "x", tmp_path, limits)
    monkeypatch.setattr(module.PlainObjects, "add", lambda *_: False)
    slow = read_document(json.loads(path.read_text()), "x", tmp_path, limits)
    for column in COLUMNS:
        one, other = getattr(fast.table, column), getattr(slow.table, column)
        assert one.dtype == other.dtype
        assert np.array_equal(one, other)
    assert fast.faults.faults == slow.faults.faults


def test_plain_annotations_take_the_quick_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document = _document(np.random.default_rng(0), 40)
    for number in (1, 2, 3):
        (tmp_path / f"{number}.jpg").write_bytes(b"")
    (tmp_path / "x.json").write_text(json.dumps(document))
    streamed = load_json(tmp_path / "x.json", ReadingLimits())
    assert all(isinstance(group, PlainEntries) for group in streamed["annotations"].groups)
    monkeypatch.setattr(module, "_object_of", None)
    assert len(read_document(streamed, "x", tmp_path).table.boxes) == 40


def test_where_masks_are_wanted_they_are_kept(tmp_path: Path) -> None:
    document = _document(np.random.default_rng(0), 3)
    document["annotations"][1]["segmentation"] = [[1, 2.5, 3, 4, 5, 6]]
    (tmp_path / "x.json").write_text(json.dumps(document))
    (group,) = load_json(tmp_path / "x.json", ReadingLimits(masks="kept"))["annotations"].groups
    assert list(group.entries()) == document["annotations"]


def test_what_is_not_plain_waits_packed(tmp_path: Path) -> None:
    document = _document(np.random.default_rng(0), 3)
    document["annotations"][1]["id"] = "text"
    (tmp_path / "x.json").write_text(json.dumps(document))
    (group,) = load_json(tmp_path / "x.json", ReadingLimits(masks="kept"))["annotations"].groups
    assert isinstance(group, PackedValues)
    assert list(group) == document["annotations"]
