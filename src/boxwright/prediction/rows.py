"""What is found in an image as a row of a table: numbers, texts and lists, without anything of torch."""

from collections.abc import Sequence
from typing import Any

from boxwright.structures import Detections

ROW_COLUMNS = ("path", "error", "height", "width", "boxes", "scores", "labels", "classes", "masks")
"""Names of the columns, in order."""


def row_of(path: str | None, detections: Detections, categories: Sequence[str]) -> dict[str, Any]:
    """Writes what was found in one image.

    Args:
        path: What the image is called.
        detections: In it, in its pixels.
        categories: Class names by label.
    """
    height, width = detections.origin.size
    labels = detections.labels.tolist()
    found = {
        "boxes": detections.boxes.tolist(),
        "scores": detections.scores.tolist(),
        "labels": labels,
        "classes": [categories[label] for label in labels],
        "masks": None if detections.masks is None else detections.masks.to_rle(),
    }
    return {"path": path, "error": None, "height": height, "width": width, **found}


def row_of_fault(path: str | None, fault: str) -> dict[str, Any]:
    """Writes that an image could not be read: everything else is None.

    Args:
        path: What the image is called.
        fault: Why.
    """
    return {**dict.fromkeys(ROW_COLUMNS), "path": path, "error": fault}
