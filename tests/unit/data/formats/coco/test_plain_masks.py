import json
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from boxwright.data import ReadingLimits
from boxwright.data.formats import json_stream
from boxwright.data.formats.coco import document as module
from boxwright.data.formats.coco.document import read_document
from boxwright.data.formats.coco.plain_entries import PlainEntries
from boxwright.data.formats.coco.reader import load_json
from boxwright.data.formats.segmentations import Segmentations
from boxwright.data.formats.table_dataset import Reading
from boxwright.data.reading_limits import MaskDemand

COLUMNS = ("paths", "image_ids", "sizes", "offsets", "boxes", "labels", "ignore", "areas", "references")
ARRAYS = ("rings", "ring_points", "points", "texts", "text")
SIZE = (48, 64)
RING = [10, 10, 30.5, 10, 30.5, 30, 10, 30]
BOX = [10, 10, 20.5, 20]
RUNS = {"size": list(SIZE), "counts": [490, 20, 28, 20, 48 * 64 - 558]}
ODD: list[dict[str, Any]] = [
    {"segmentation": [RING, [11.5, 11, 20, 12, 12, 29]]},
    {"segmentation": [RING, [1, 2, 3, 4]]},
    {"segmentation": [[1, 2, 3, 4]]},
    {"segmentation": [[0, 0, 0, 5, 0, 9]]},
    {"segmentation": [[10, 10, 10.2, 10, 10.2, 10.2]], "bbox": [10, 10, 1, 1]},
    {"segmentation": [[-5, 10, 30, 10, 30, 30]], "bbox": [-5, 10, 35, 20]},
    {"segmentation": [[40, 20, 60, 20, 60, 40, 40, 40]]},
    {"segmentation": [[40, 20, 60, 20, 60, 40, 40, 40]], "iscrowd": 1},
    {"segmentation": RUNS},
    {"segmentation": RUNS, "iscrowd": 1},
    {"segmentation": {"size": list(SIZE), "counts": "Z?T1"}},
    {"segmentation": {"size": [3, 4], "counts": [1, 2, 9]}},
    {"segmentation": {"counts": [1, 2]}},
    {"segmentation": {"size": list(SIZE), "counts": [48 * 64]}},
    {"segmentation": None},
    {"segmentation": []},
    {"segmentation": [], "iscrowd": 1},
    {"segmentation": "ring"},
    {"segmentation": RING},
    {"segmentation": [[1, "2", 3, 4, 5, 6]]},
    {"segmentation": [[1, float("nan"), 3, 4, 5, 6]]},
    {"segmentation": [[10**400, 1, 3, 4, 5, 6]]},
    {"segmentation": [[[10, 10], [30, 10], [30, 30]]]},
    {"bbox": [50, 30, 30, 10], "segmentation": [[50, 30, 64, 30, 64, 40, 50, 40]]},
    {"bbox": [1, 2, 0, 4]},
    {"image_id": 77},
    {"image_id": 4},
    {"id": "text"},
    {"area": "7"},
]


def _document(images: int, each: int, points: int = 4) -> dict[str, Any]:
    """Objects in an order of their own, as COCO's are."""
    listed = [{"id": n, "file_name": f"{n % 3}.jpg", "width": SIZE[1], "height": SIZE[0]} for n in range(images)]
    angles = np.linspace(0, 2 * np.pi, points, endpoint=False)
    objects = []
    for number in range(images * each):
        x, y = 20 + number % 7 / 8, 20 + number % 11 / 4
        ring = np.stack((x + 9 * np.cos(angles), y + 9 * np.sin(angles)), axis=1).reshape(-1).tolist()
        box = [x - 9, y - 9, 18, 18]
        entry = {"id": 100 + number, "image_id": number % images, "category_id": 1, "bbox": box, "area": 250.5}
        objects.append(entry | {"iscrowd": 0, "segmentation": [ring]})
    return {"images": listed, "annotations": objects, "categories": [{"id": 1, "name": "cell"}]}


def _both(document: dict[str, Any], demand: MaskDemand, folder: Path) -> tuple[Reading, Reading]:
    """Reads in groups, and one by one as what was parsed as a whole is read."""
    for number in range(3):
        (folder / f"{number}.jpg").write_bytes(b"")
    path, limits = folder / "x.json", ReadingLimits(masks=demand)
    path.write_text(json.dumps(document))
    fast = read_document(load_json(path, limits), "x", folder, limits)
    return fast, read_document(json.loads(path.read_text()), "x", folder, limits)


def _assert_same(one: Reading, other: Reading) -> None:
    for name in COLUMNS:
        ours, theirs = getattr(one.table, name), getattr(other.table, name)
        assert ours.dtype == theirs.dtype
        assert ours.tobytes() == theirs.tobytes(), name
    assert one.faults.faults == other.faults.faults
    ours, theirs = one.table.segmentations, other.table.segmentations
    assert (ours is None) == (theirs is None)
    if ours is not None:
        assert all(getattr(ours, name).tobytes() == getattr(theirs, name).tobytes() for name in ARRAYS)


@pytest.mark.parametrize("demand", ["kept", "required", "judged"])
@pytest.mark.parametrize("share", [0, 1, 2])
def test_many_at_a_time_are_read_as_one_by_one(
    share: int, demand: MaskDemand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_stream, "_ENTRIES", 16)  # so that odd and even groups are mixed
    document = _document(3, 60)
    document["images"].append({"id": 4, "file_name": "gone.jpg", "width": 9, "height": 9})
    for number, odd in enumerate(ODD[: len(ODD) * share // 2]):
        document["annotations"][number * 4 + number % 3].update({"bbox": BOX} | odd)
    fast, slow = _both(document, demand, tmp_path)
    assert (len(fast.table.boxes) == 180) == (share == 0 or (share == 1 and demand != "kept"))
    _assert_same(fast, slow)


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: json.dumps(odd)[:60])
def test_one_odd_object_alone(odd: dict[str, Any], tmp_path: Path) -> None:
    document = _document(2, 2)
    document["annotations"][2].update({"bbox": BOX} | odd)
    _assert_same(*_both(document, "kept", tmp_path))


def test_plain_polygons_take_the_quick_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        (tmp_path / f"{number}.jpg").write_bytes(b"")
    (tmp_path / "x.json").write_text(json.dumps(_document(3, 4)))
    limits = ReadingLimits(masks="required")
    streamed = load_json(tmp_path / "x.json", limits)
    assert all(isinstance(group, PlainEntries) for group in streamed["annotations"].groups)
    monkeypatch.setattr(module, "_object_of", None)
    assert len(read_document(streamed, "x", tmp_path, limits).table.boxes) == 12


def test_a_mask_takes_about_the_bytes_of_its_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twelve points are 192 bytes; as Python's objects, read and checked, they were 3 kB; packed and as arrays, 0.5."""
    monkeypatch.setattr(json_stream, "_ENTRIES", 64)
    monkeypatch.setattr(json_stream, "_AT_ONCE", 2**14)
    (tmp_path / "0.jpg").write_bytes(b"")
    limits, peaks = ReadingLimits(masks="required"), {}
    for masks in (1000, 3000):
        document = _document(1, masks, points=12)
        (tmp_path / "x.json").write_text(json.dumps(document))
        del document
        tracemalloc.start()
        try:
            reading = read_document(load_json(tmp_path / "x.json", limits), "x", tmp_path, limits)
            peaks[masks] = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    found = reading.table.segmentations
    assert isinstance(found, Segmentations)
    assert sum(getattr(found, name).nbytes for name in ARRAYS) <= 3000 * (12 * 16 + 3 * 8) + 24
    assert peaks[3000] - peaks[1000] < 2000 * 800
