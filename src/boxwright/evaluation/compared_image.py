"""One image with its truth and what was found in it, as arrays."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from jaxtyping import Bool, Float64, Int64
from torch import Tensor

from boxwright.structures import Detections, GroundTruth

Kind = Literal["bbox", "segm"]
"""Whether boxes or masks are compared."""

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

    def areas(self, kind: Kind) -> Float64[np.ndarray, "detections"]:
        """Gives the areas of what was found, by which it is small, medium or large."""
        if kind == "segm" and self.mask_areas is not None:
            return self.mask_areas.astype(np.float64)
        areas: Float64[np.ndarray, detections] = self.boxes[:, 2] * self.boxes[:, 3]
        return areas


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


def _xywh(boxes: Tensor) -> Float64[np.ndarray, "boxes 4"]:
    """Turns xyxy into x, y, width, height; in float64, so that no digit is lost."""
    wide = boxes.double().cpu().numpy().reshape(-1, 4)
    return np.concatenate([wide[:, :2], wide[:, 2:] - wide[:, :2]], axis=1)
