"""A data set of coloured rectangles, small enough to train on within a test."""

import json
from pathlib import Path

import cv2
import numpy as np

HEIGHT, WIDTH = 60, 64
COLORS = {"green": (40, 255, 40), "red": (40, 40, 255)}  # BGR


def write_tiny_data(root: Path, *, train: int = 8, val: int = 3, masks: bool = False) -> Path:
    """Writes COCO annotations and PNG images, the same ones every time; with masks the rectangles are polygons too."""
    rng = np.random.default_rng(0)
    (root / "annotations").mkdir(parents=True)
    for split, count in (("train", train), ("val", val)):
        images, annotations = [], []
        for number in range(1, count + 1):
            picture = rng.integers(0, 60, (HEIGHT, WIDTH, 3), dtype=np.uint8)
            for _ in range(2):
                annotations.append(_paint(picture, rng) | {"id": len(annotations) + 1, "image_id": number})
            (root / split).mkdir(exist_ok=True)
            if masks:
                for annotation in annotations:
                    left, top, width, height = annotation["bbox"]
                    right, bottom = left + width, top + height
                    annotation["segmentation"] = [[left, top, right, top, right, bottom, left, bottom]]
            cv2.imwrite(str(root / split / f"{number}.png"), picture)
            images.append({"id": number, "file_name": f"{number}.png", "width": WIDTH, "height": HEIGHT})
        categories = [{"id": number, "name": name} for number, name in enumerate(COLORS, 1)]
        document = {"images": images, "annotations": annotations, "categories": categories}
        (root / "annotations" / f"instances_{split}.json").write_text(json.dumps(document))
    return root


def _paint(picture: np.ndarray, rng: np.random.Generator) -> dict[str, object]:
    width, height = (int(side) for side in rng.integers(14, 28, 2))
    left, top = int(rng.integers(WIDTH - width)), int(rng.integers(HEIGHT - height))
    label = int(rng.integers(len(COLORS)))
    picture[top : top + height, left : left + width] = list(COLORS.values())[label]
    box = [left, top, width, height]
    return {"category_id": label + 1, "bbox": box, "area": width * height, "iscrowd": 0}
