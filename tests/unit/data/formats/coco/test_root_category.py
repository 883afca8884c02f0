import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from boxwright.data import open_dataset
from boxwright.data.faults import FaultList
from boxwright.data.formats.coco.root_category import without_root_category
from boxwright.data.verification import verify

ROOT = {"id": 0, "name": "animals", "supercategory": "none"}
CAT = {"id": 1, "name": "cat", "supercategory": "animals"}
DOG = {"id": 2, "name": "dog", "supercategory": "animals"}


def test_a_root_without_objects_is_left_out_and_named() -> None:
    faults = FaultList("a.json")
    assert without_root_category([ROOT, CAT, DOG], [{"category_id": 2}], faults) == [CAT, DOG]
    (fault,) = faults.faults
    assert (fault.code, fault.severity) == ("root-category", "note")
    assert "'animals'" in fault.message


@pytest.mark.parametrize(
    ("categories", "annotations"),
    [
        ([ROOT, CAT, DOG], [{"category_id": 0}]),  # it has objects
        ([{**ROOT, "id": 3}, CAT, DOG], []),
        ([{**ROOT, "supercategory": "things"}, CAT], []),
        ([ROOT, CAT, {**DOG, "supercategory": "none"}], []),  # not above all
        ([ROOT], []),
        ([ROOT, "cat"], []),
    ],
)
def test_other_categories_stay(categories: list[Any], annotations: list[Any]) -> None:
    faults = FaultList("a.json")
    assert without_root_category(categories, annotations, faults) == categories
    assert faults.faults == []


def _roboflow(root: Path, *, rooted: bool = False) -> None:
    """Writes an export as Roboflow does: three folders, each with its images and one file beside them."""
    for part in ("train", "valid", "test"):
        (root / part).mkdir()
        images, annotations = [], []
        for number in range(3):
            name = f"photo-{number}_jpg.rf.{part}{number}.jpg"
            pixels = np.random.default_rng(len(part) + number).integers(0, 256, (64, 96, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(root / part / name)
            images.append({"id": number, "license": 1, "file_name": name, "height": 64, "width": 96})
            box = {"bbox": [10, 10, 40.5, 30], "area": 1215.0, "segmentation": [], "iscrowd": 0}
            label = 0 if rooted and number == 0 else 1 + number % 2
            annotations.append({"id": number, "image_id": number, "category_id": label, **box})
        content = {
            "info": {"year": "2026", "description": "Exported from roboflow.com"},
            "licenses": [{"id": 1, "url": "", "name": "CC BY 4.0"}],
            "categories": [ROOT, CAT, DOG],
            "images": images,
            "annotations": annotations,
        }
        (root / part / "_annotations.coco.json").write_text(json.dumps(content))


@pytest.mark.parametrize("rooted", [False, True])
def test_an_export_of_roboflow(tmp_path: Path, rooted: bool) -> None:
    _roboflow(tmp_path, rooted=rooted)
    for part in ("train", "val", "test"):
        data = open_dataset(tmp_path, part)  # type: ignore[arg-type]
        assert len(data) == 3
        assert data.categories == (("animals", "cat", "dog") if rooted else ("cat", "dog"))
        assert [int(data.truth(place).labels[0]) for place in range(3)] == ([0, 2, 1] if rooted else [0, 1, 0])
    said = [line for line in verify(tmp_path).text().splitlines() if "supercategory of all others" in line]
    assert len(said) == len(set(said)) == (0 if rooted else 2)  # once of each part that is looked at
