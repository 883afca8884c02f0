"""What verify calls an error stops a training, and nothing else does: every kind of fault, in small."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from boxwright import anchors
from boxwright.data.verification import Verdict, verify
from boxwright.errors import DataError
from boxwright.inspection import diagnose
from boxwright.settings.training import settings_from
from boxwright.training.assembly import assemble

SIZE = (64, 96)
Document = dict[str, Any]
Spoil = Callable[[Document, Path], None]


def _coco(root: Path, spoil: Spoil, split: str = "train") -> None:
    """Writes both parts, six images with three objects each, and spoils one of them."""
    rng = np.random.default_rng(0)
    for part in ("train", "val"):
        document: Document = {"images": [], "annotations": [], "categories": [{"id": 1, "name": "cell"}]}
        for number in range(6):
            name = f"{part}{number}.png"
            (root / "images").mkdir(parents=True, exist_ok=True)
            Image.fromarray(rng.integers(0, 255, (*SIZE, 3), dtype=np.uint8)).save(root / "images" / name)
            document["images"].append({"id": number, "file_name": name, "width": SIZE[1], "height": SIZE[0]})
            for each in range(3):
                width, height = (int(side) for side in rng.integers(10, 30, 2))
                x, y = int(rng.integers(0, SIZE[1] - width)), int(rng.integers(0, SIZE[0] - height))
                ring = [x, y, x + width, y, x + width, y + height, x, y + height]
                document["annotations"].append(
                    {
                        "id": number * 3 + each,
                        "image_id": number,
                        "category_id": 1,
                        "bbox": [x, y, width, height],
                        "iscrowd": 0,
                        "segmentation": [ring],
                    }
                )
        if part == split:
            spoil(document, root)
        (root / "annotations").mkdir(exist_ok=True)
        (root / "annotations" / f"instances_{part}.json").write_text(json.dumps(document))


def _every(**values: Any) -> Spoil:
    def spoil(document: Document, root: Path) -> None:
        for entry in document["annotations"]:
            entry |= values

    return spoil


def _first(**values: Any) -> Spoil:
    def spoil(document: Document, root: Path) -> None:
        document["annotations"][0] |= values

    return spoil


def _image(**values: Any) -> Spoil:
    def spoil(document: Document, root: Path) -> None:
        document["images"][0] |= values

    return spoil


def _fractions(document: Document, root: Path) -> None:
    for entry in document["annotations"]:
        x, y, width, height = entry["bbox"]
        entry["bbox"] = [x / SIZE[1], y / SIZE[0], width / SIZE[1], height / SIZE[0]]


def _corners(document: Document, root: Path) -> None:
    for entry in document["annotations"]:
        x, y, width, height = entry["bbox"]
        entry["bbox"] = [x, y, x + width, y + height]


def _bytes(content: bytes) -> Spoil:
    def spoil(document: Document, root: Path) -> None:
        (root / "images" / document["images"][0]["file_name"]).write_bytes(content)

    return spoil


def _without(key: str) -> Spoil:
    def spoil(document: Document, root: Path) -> None:
        document[key] = []

    return spoil


SPOILED: dict[str, Spoil] = {
    "nothing": lambda document, root: None,
    "crowds": _every(iscrowd=1),
    "no images": _without("images"),
    "no objects": _without("annotations"),
    "all unusable boxes": _every(bbox=[1, 1, 0, 0]),
    "all too small": _every(bbox=[3, 3, 0.01, 0.01], segmentation=[]),
    "fractions": _fractions,
    "corners": _corners,
    "empty box": _first(bbox=[1, 1, 0, 4]),
    "box outside": _first(bbox=[900, 1, 5, 4]),
    "box over the edge": _first(bbox=[90, 1, 20, 4]),
    "box of words": _first(bbox=["a", 1, 20, 4]),
    "box far from its mask": _first(bbox=[1, 1, 5, 4]),
    "unknown class": _first(category_id=9),
    "unknown image": _first(image_id=99),
    "odd crowd": _first(iscrowd=7),
    "an id twice": _first(id=1),
    "missing image": _image(file_name="nowhere.png"),
    "image outside": _image(file_name="../../nowhere.png"),
    "image of another size": _image(width=50),
    "image without a size": _image(width=None),
    "image of all pixels": _image(width=10**9, height=10**9),
    "image id of words": _image(id="a"),
    "empty file": _bytes(b""),
    "no image": _bytes(b"hello"),
    "empty ring": _every(segmentation=[[]]),
    "no mask": _every(segmentation=None),
    "short ring": _first(segmentation=[[1, 2, 3, 4]]),
    "ring of words": _first(segmentation=[["a", 2, 3, 4, 5, 6]]),
    "ring outside": _first(segmentation=[[900, 2, 930, 4, 900, 60]]),
    "mask of words": _first(segmentation="mask"),
    "lengths of another size": _first(segmentation={"size": [1, 1], "counts": [1]}),
    "lengths that wrap around": _first(segmentation={"size": list(SIZE), "counts": [2**62, 2**62, 2**62, 2**62]}),
    "empty lengths": _first(segmentation={"size": list(SIZE), "counts": [SIZE[0] * SIZE[1]]}),
}


def _stops(data: Path, system: str, **settings: Any) -> str:
    """Gives the error of a training, or nothing."""
    given = {"data": str(data), "system": system, "canvas": 64, "check_images": "full", **settings}
    try:
        assemble(settings_from(given), is_new=False)
    except DataError as error:
        return str(error)
    return ""


def _errors(verdict: Verdict) -> list[str]:
    return [fault.code for fault in verdict.faults if fault.severity == "error"]


@pytest.mark.parametrize("masks", [False, True])
@pytest.mark.parametrize("name", SPOILED)
def test_they_agree(name: str, masks: bool, tmp_path: Path) -> None:
    _coco(tmp_path, SPOILED[name], "val" if masks else "train")
    verdict = verify(tmp_path, masks=masks, canvas=64)
    stops = _stops(tmp_path, "yolov8n-seg" if masks else "ssd_tiny")
    assert bool(_errors(verdict)) == bool(stops), f"{_errors(verdict)} but {stops!r}"


@pytest.mark.parametrize("name", ["crowds", "no objects", "all too small"])
def test_all_say_alike_that_there_is_nothing_to_learn(name: str, tmp_path: Path) -> None:
    _coco(tmp_path, SPOILED[name])
    assert _errors(verify(tmp_path, canvas=64)) == ["nothing-to-learn"]
    assert "no object to learn: " in _stops(tmp_path, "ssd_tiny")
    with pytest.raises(DataError, match="no object to learn: "):
        diagnose(tmp_path, "ssd_tiny", canvas=64)
    with pytest.raises(DataError, match="no object to learn: "):
        anchors(tmp_path, canvas=64)


@pytest.mark.parametrize("name", ["crowds", "no objects", "all too small"])
def test_nothing_to_measure_is_a_warning(name: str, tmp_path: Path) -> None:
    _coco(tmp_path, SPOILED[name], "val")
    verdict = verify(tmp_path, canvas=64)
    assert "nothing-to-measure" in [fault.code for fault in verdict.faults if fault.severity == "warning"]
    task = assemble(settings_from({"data": str(tmp_path), "system": "ssd_tiny", "canvas": 64}), is_new=False)
    assert "no object to measure on: " in "".join(task.warnings)


@pytest.mark.parametrize("name", ["all unusable boxes", "fractions"])
def test_skipping_faults_does_not_hide_that_nothing_is_left(name: str, tmp_path: Path) -> None:
    _coco(tmp_path, SPOILED[name])
    assert _stops(tmp_path, "ssd_tiny", on_bad="skip")
