"""A small clean data set in three formats, for tests that make it dirty."""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np

HEIGHT, WIDTH = 40, 60
CLASSES = ("cat", "dog")
IMAGES = {"train": ("a", "b", "c"), "val": ("d", "e")}
# xyxy and class of the two objects that every image has
OBJECTS = (((5, 5, 25, 20), 0), ((30, 10, 50, 35), 1))


def write_clean(root: Path, layout: str) -> Path:
    """Writes the data set as "coco", "voc" or "yolo"; the images are noise, each another."""
    {"coco": _write_coco, "voc": _write_voc, "yolo": _write_yolo}[layout](root)
    return root


def image_path(root: Path, layout: str, name: str = "b") -> Path:
    """Where an image lies."""
    split = next(split for split, names in IMAGES.items() if name in names)
    folder = {"coco": "images", "voc": "JPEGImages", "yolo": f"images/{split}"}[layout]
    return root / folder / f"{name}.png"


def annotation_path(root: Path, layout: str, name: str = "b") -> Path:
    """Where the annotations of an image lie."""
    split = next(split for split, names in IMAGES.items() if name in names)
    file = {"coco": f"annotations/instances_{split}.json", "voc": f"Annotations/{name}.xml"}
    return root / file.get(layout, f"labels/{split}/{name}.txt")


def change_coco(root: Path, number: int = 2, **changes: Any) -> None:
    """Changes an annotation of the training part; 2 and 3 are those of image b."""
    path = annotation_path(root, "coco")
    document = json.loads(path.read_text())
    document["annotations"][number].update(changes)
    path.write_text(json.dumps(document))


def replace_in(path: Path, old: str, new: str) -> None:
    """Changes the text of a file, which must have what is changed."""
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def noise(name: str, channels: int = 3) -> np.ndarray:
    """The pixels of an image."""
    rng = np.random.default_rng(ord(name))
    return rng.integers(0, 256, (HEIGHT, WIDTH, channels), dtype=np.uint8)


def _write_images(root: Path, layout: str) -> None:
    for name in "abcde":
        path = image_path(root, layout, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), noise(name))


def _write_coco(root: Path) -> None:
    _write_images(root, "coco")
    (root / "annotations").mkdir()
    for split, names in IMAGES.items():
        first = ord(names[0]) - ord("a") + 1
        document = {
            "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}],
            "images": [
                {"id": first + place, "file_name": f"{name}.png", "width": WIDTH, "height": HEIGHT}
                for place, name in enumerate(names)
            ],
            "annotations": [
                {
                    "id": 10 * (first + place) + number,
                    "image_id": first + place,
                    "category_id": label + 1,
                    "bbox": [x1, y1, x2 - x1, y2 - y1],
                    "area": (x2 - x1) * (y2 - y1),
                    "iscrowd": 0,
                    "segmentation": [[x1, y1, x2, y1, x2, y2, x1, y2]],
                }
                for place in range(len(names))
                for number, ((x1, y1, x2, y2), label) in enumerate(OBJECTS, start=1)
            ],
        }
        (root / f"annotations/instances_{split}.json").write_text(json.dumps(document))


def _write_voc(root: Path) -> None:
    _write_images(root, "voc")
    (root / "Annotations").mkdir()
    (root / "ImageSets/Main").mkdir(parents=True)
    for split, names in IMAGES.items():
        (root / f"ImageSets/Main/{split}.txt").write_text("".join(f"{name}\n" for name in names))
        for name in names:
            objects = "".join(
                f"<object><name>{CLASSES[label]}</name><difficult>0</difficult><bndbox><xmin>{x1}</xmin>"
                f"<ymin>{y1}</ymin><xmax>{x2}</xmax><ymax>{y2}</ymax></bndbox></object>"
                for (x1, y1, x2, y2), label in OBJECTS
            )
            (root / f"Annotations/{name}.xml").write_text(
                f"<annotation><filename>{name}.png</filename><size><width>{WIDTH}</width><height>{HEIGHT}</height>"
                f"<depth>3</depth></size>{objects}</annotation>"
            )


def _write_yolo(root: Path) -> None:
    _write_images(root, "yolo")
    (root / "data.yaml").write_text("train: images/train\nval: images/val\nnames: [cat, dog]\n")
    for split, names in IMAGES.items():
        (root / "labels" / split).mkdir(parents=True)
        for name in names:
            lines = [
                f"{label} {(x1 + x2) / 2 / WIDTH} {(y1 + y2) / 2 / HEIGHT} {(x2 - x1) / WIDTH} {(y2 - y1) / HEIGHT}\n"
                for (x1, y1, x2, y2), label in OBJECTS
            ]
            (root / f"labels/{split}/{name}.txt").write_text("".join(lines))
