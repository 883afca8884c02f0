"""Small data sets that the tests write themselves."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from PIL import Image

from boxwright.data.images.reading import as_tensor
from boxwright.data.packing import pack
from boxwright.structures import ImageOrigin, Sample

MakeSample = Callable[..., Sample]
WriteCoco = Callable[..., Path]


@pytest.fixture
def make_sample() -> MakeSample:
    """Builds a black sample with white rectangles at its boxes."""

    def build(
        size: tuple[int, int] = (40, 60),
        boxes: list[list[float]] | None = None,
        labels: list[int] | None = None,
        ignore: list[bool] | None = None,
        image_id: int = 0,
    ) -> Sample:
        boxes = [] if boxes is None else boxes
        pixels = np.zeros((*size, 3), np.uint8)
        for x1, y1, x2, y2 in boxes:
            pixels[int(y1) : int(y2), int(x1) : int(x2)] = 255
        return Sample(
            as_tensor(pixels),
            torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4),
            torch.tensor(range(len(boxes)) if labels is None else labels, dtype=torch.int64),
            torch.tensor([False] * len(boxes) if ignore is None else ignore, dtype=torch.bool),
            ImageOrigin(image_id, f"{image_id}.png", size),
        )

    return build


@pytest.fixture
def document() -> dict[str, Any]:
    """A sound COCO document with a gap in the ids, a crowd and an image without objects."""
    return {
        "categories": [{"id": 7, "name": "dog"}, {"id": 3, "name": "cat"}],
        "images": [
            {"id": 10, "file_name": "a.png", "width": 60, "height": 40},
            {"id": 5, "file_name": "b.png", "width": 30, "height": 50},
            {"id": 8, "file_name": "c.png", "width": 20, "height": 20},
        ],
        "annotations": [
            {"id": 1, "image_id": 5, "category_id": 7, "bbox": [1, 2, 3, 4], "area": 9.5, "iscrowd": 0},
            {"id": 2, "image_id": 10, "category_id": 3, "bbox": [10, 20, 30, 10], "area": 300, "iscrowd": 1},
            {"id": 3, "image_id": 5, "category_id": 3, "bbox": [5.5, 6.5, 10, 20]},
        ],
    }


@pytest.fixture
def write_coco(tmp_path: Path) -> WriteCoco:
    """Writes a document and random images for it; gives the annotation file, images lie in `images/`."""

    def write(document: dict[str, Any], split: str = "train") -> Path:
        rng = np.random.default_rng(0)
        for folder in ("images", "annotations"):
            (tmp_path / folder).mkdir(exist_ok=True)
        for entry in document["images"]:
            pixels = rng.integers(0, 256, (entry["height"], entry["width"], 3), dtype=np.uint8)
            cv2.imwrite(str(tmp_path / "images" / entry["file_name"]), pixels)
        path = tmp_path / "annotations" / f"instances_{split}.json"
        path.write_text(json.dumps(document))
        return path

    return write


@pytest.fixture
def many_images(write_coco: WriteCoco) -> Path:
    """A data set of 11 images of various sizes with 0 to 4 boxes; gives its folder."""
    images = [{"id": 100 + n, "file_name": f"{n}.png", "width": 30 + n, "height": 24 + 2 * n} for n in range(11)]
    annotations = [
        {"id": 10 * n + m, "image_id": 100 + n, "category_id": m % 2, "bbox": [m, n, 12 + m, 10]}
        for n in range(11)
        for m in range(n % 5)
    ]
    categories = [{"id": 0, "name": "cat"}, {"id": 1, "name": "dog"}]
    document = {"categories": categories, "images": images, "annotations": annotations}
    return write_coco(document).parents[1]


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


@pytest.fixture(scope="session")
def loose(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of nine and three small images: outlines, run lengths, crowds, none; a JPEG, capitals, letters."""
    root = tmp_path_factory.mktemp("loose")
    rng = np.random.default_rng(0)
    (root / "annotations").mkdir()
    names = ["ä.png", "B.PNG", "c.jpg", *(f"{number}.png" for number in range(9))]
    for split, first, last in (("train", 0, 9), ("val", 9, 12)):
        (root / "images" / split).mkdir(parents=True)
        entries, objects = [], []
        for number in range(first, last):
            cv2.imwrite(str(root / "images" / split / names[number]), rng.integers(0, 256, (32, 32, 3), dtype=np.uint8))
            entries.append({"id": 40 + number, "file_name": names[number], "width": 32, "height": 32})
            for place in range(number % 3):
                box = [2 + number, 3 + 4 * place, 8, 6.5]
                outline = [[box[0], box[1], box[0] + 8, box[1], box[0] + 8, box[1] + 6.5, box[0], box[1] + 6.5]]
                entry = {"id": 10 * number + place, "image_id": 40 + number, "category_id": 3 + 4 * place, "bbox": box}
                objects.append(entry | {"iscrowd": int(number == 2), "area": 52 - place, "segmentation": outline})
        categories = [{"id": 3, "name": "cat"}, {"id": 7, "name": "dog"}]
        document = {"categories": categories, "images": entries, "annotations": objects}
        (root / f"annotations/instances_{split}.json").write_text(json.dumps(document))
    return root


@pytest.fixture(scope="session")
def packed(loose: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same data in shards of two images."""
    folder = tmp_path_factory.mktemp("packed") / "out"
    pack(loose, folder, shard_megabytes=0.008)
    return folder
