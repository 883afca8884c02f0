"""A data set whose truth is what a model finds, so that its AP is not zero without a training."""

import json
import shutil
from pathlib import Path

from boxwright import predict

LEAST_SIDE = 5


def write_found_data(model: Path, tiny_data: Path, root: Path, canvas: int | tuple[int, int]) -> Path:
    """Copies the tiny data, with the best large detections of each validation image as its objects."""
    shutil.copytree(tiny_data, root)
    file = root / "annotations" / "instances_val.json"
    document = json.loads(file.read_text())
    annotations = []
    for image in document["images"]:
        (found,) = predict(model, root / "val" / image["file_name"], canvas=canvas, device="cpu", output=None)
        sides = found.boxes[:, 2:] - found.boxes[:, :2]
        for place in (sides.amin(1) > LEAST_SIDE).nonzero().squeeze(1)[:4].tolist():
            (left, top, _, _), (width, height) = found.boxes[place].tolist(), sides[place].tolist()
            numbers = {"id": len(annotations) + 1, "image_id": image["id"], "area": width * height, "iscrowd": 0}
            box = [left, top, width, height]
            annotations.append(numbers | {"category_id": int(found.labels[place]) + 1, "bbox": box})
    file.write_text(json.dumps(document | {"annotations": annotations}))
    return root
