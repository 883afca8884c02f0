"""A data set with everything that a format might not hold."""

import json
from pathlib import Path

import pytest
from PIL import Image


@pytest.fixture
def everything(tmp_path: Path) -> Path:
    """COCO: gaps in the ids, a crowd, outlines of one and two parts, a hole as run lengths, an area, fractions."""
    root = tmp_path / "everything"
    (root / "annotations").mkdir(parents=True)
    # columns 20 to 26, rows 5 to 14, with a hole of 3 × 4 in the middle
    hole = [20 * 40 + 5, *[10, 30] * 2, *[3, 4, 3, 30] * 3, 10, 30, 10]
    runs = {"size": [40, 60], "counts": [*hole, 40 * 60 - sum(hole)]}
    boxes = {
        "box": {"bbox": [1.5, 2.25, 10, 10], "area": 100, "segmentation": []},
        "area": {"bbox": [1, 2, 10, 10], "area": 42, "segmentation": []},
        "crowd": {"bbox": [30, 2, 10, 10], "area": 100, "iscrowd": 1, "segmentation": []},
        "outline": {"bbox": [5, 5, 10, 10], "area": 100, "segmentation": [[5, 5, 15, 5, 15, 15, 5, 15]]},
        "parts": {
            "bbox": [2, 20, 20, 10],
            "area": 50,
            "segmentation": [[2, 20, 7, 20, 7, 25, 2, 25], [17, 25, 22, 25, 22, 30, 17, 30]],
        },
        "hole": {"bbox": [20, 5, 7, 10], "area": 58, "segmentation": runs},
    }
    for number, split in enumerate(("train", "val")):
        (root / "images" / split).mkdir(parents=True)
        for name in ("a", "b"):
            Image.new("RGB", (60, 40), (number, 2, 3)).save(root / f"images/{split}/{name}.png")
        first = 10 * number
        images = [{"id": first + 1, "file_name": "a.png"}, {"id": first + 5, "file_name": "b.png"}]
        annotations = [
            {"id": first + place, "image_id": first + 1, "category_id": 3 + 4 * (place % 2), "iscrowd": 0, **box}
            for place, box in enumerate(boxes.values())
        ]
        document = {
            "images": [{**image, "width": 60, "height": 40} for image in images],
            "annotations": annotations,
            "categories": [{"id": 3, "name": "cat"}, {"id": 7, "name": "dog"}],
        }
        (root / f"annotations/instances_{split}.json").write_text(json.dumps(document))
    return root
