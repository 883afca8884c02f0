"""Truth and detections in the form that COCO's evaluation reads."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from jaxtyping import Bool, Float64, Int64
from torch import Tensor

from boxwright.structures import Detections, GroundTruth

Kind = Literal["bbox", "segm"]
Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class ComparedImage:
    """Truth and detections of one image on the CPU.

    Args:
        name: What to call the image in a message.
        size: Height and width in pixels.
        target_boxes: x, y, width, height.
        target_labels: Class indices.
        target_areas: As annotated, pixels.
        target_ignored: True for crowds.
        boxes: x, y, width, height of what was found.
        labels: Class indices.
        scores: 0 to 1.
        target_masks: Compressed run lengths, or None.
        masks: Those of what was found; both are None unless both were given.
        mask_areas: Pixels inside each of them.
    """

    name: str
    size: tuple[int, int]
    target_boxes: Float64[np.ndarray, "targets 4"]
    target_labels: Int64[np.ndarray, "targets"]
    target_areas: Float64[np.ndarray, "targets"]
    target_ignored: Bool[np.ndarray, "targets"]
    boxes: Float64[np.ndarray, "detections 4"]
    labels: Int64[np.ndarray, "detections"]
    scores: Float64[np.ndarray, "detections"]
    target_masks: Rows | None = None
    masks: Rows | None = None
    mask_areas: Int64[np.ndarray, "detections"] | None = None


def compare(found: Detections, truth: GroundTruth) -> ComparedImage:
    """Puts together what was found and what is there; masks as run lengths, which take little memory.

    Args:
        found: Of one image.
        truth: Of the same image.
    """
    with_masks = found.masks is not None and truth.masks is not None
    return ComparedImage(
        name=truth.origin.name,
        size=truth.origin.size,
        target_boxes=_xywh(truth.boxes),
        target_labels=truth.labels.cpu().numpy(),
        target_areas=truth.area.double().cpu().numpy(),
        target_ignored=truth.ignore.cpu().numpy(),
        boxes=_xywh(found.boxes),
        labels=found.labels.cpu().numpy(),
        scores=found.scores.double().cpu().numpy(),
        target_masks=truth.masks.to_rle() if with_masks and truth.masks is not None else None,
        masks=found.masks.to_rle() if with_masks and found.masks is not None else None,
        mask_areas=found.masks.areas.cpu().numpy() if with_masks and found.masks is not None else None,
    )


def truth_set(images: list[ComparedImage], classes: int, kind: Kind) -> dict[str, Any]:
    """Writes the truth as a COCO data set.

    Args:
        images: In the order in which they are ranked.
        classes: Number of categories.
        kind: Whether boxes or masks are compared.
    """
    rows: Rows = []
    for index, image in enumerate(images):
        columns = (image.target_boxes, image.target_labels, image.target_areas, image.target_ignored)
        for box, label, area, ignored in zip(*(column.tolist() for column in columns), strict=True):
            rows.append({"image_id": index, "category_id": label, "bbox": box, "area": area, "iscrowd": int(ignored)})
    if kind == "segm":
        _give_masks(rows, [mask for image in images for mask in image.target_masks or ()])
    return _coco_set(classes, rows, images)


def detection_set(images: list[ComparedImage], classes: int, kind: Kind) -> dict[str, Any]:
    """Writes the detections as a COCO data set, as COCO does with a result file that has boxes or masks alone.

    Args:
        images: In the order in which they are ranked.
        classes: Number of categories.
        kind: Whether boxes or masks are compared; it decides what the area of a detection is.
    """
    rows: Rows = []
    for index, image in enumerate(images):
        areas = image.boxes[:, 2] * image.boxes[:, 3] if kind == "bbox" else image.mask_areas
        columns = (image.boxes, image.labels, image.scores, np.asarray(areas, dtype=np.float64))
        for box, label, score, area in zip(*(column.tolist() for column in columns), strict=True):
            rows.append({"image_id": index, "category_id": label, "bbox": box, "area": area, "score": score})
    if kind == "segm":
        _give_masks(rows, [mask for image in images for mask in image.masks or ()])
    return _coco_set(classes, rows, images)


def _xywh(boxes: Tensor) -> Float64[np.ndarray, "boxes 4"]:
    """Turns xyxy into x, y, width, height; in float64, so that no digit is lost."""
    wide = boxes.double().cpu().numpy().reshape(-1, 4)
    return np.concatenate([wide[:, :2], wide[:, 2:] - wide[:, :2]], axis=1)


def _give_masks(rows: Rows, masks: Rows) -> None:
    for row, mask in zip(rows, masks, strict=True):
        row["segmentation"] = mask


def _coco_set(classes: int, rows: Rows, images: list[ComparedImage]) -> dict[str, Any]:
    for index, row in enumerate(rows):
        row["id"] = index + 1  # from 1, since 0 means "no match" there
    return {
        "images": [
            {"id": index, "height": image.size[0], "width": image.size[1]} for index, image in enumerate(images)
        ],
        "categories": [{"id": label, "name": str(label)} for label in range(classes)],
        "annotations": rows,
    }
