"""Which detections overlap which targets, and how much."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from faster_coco_eval.core import mask as mask_code
from jaxtyping import Bool, Float64, Int64

from boxwright.evaluation.compared_image import ComparedImage, Kind


@dataclass(frozen=True, slots=True)
class OverlapPairs:
    """Pairs of a detection and a target of one image; of one detection they stand together, the best overlap last.

    Args:
        detection: Numbered through all images.
        target: Numbered through all images.
        overlap: IoU; with an ignored target the share of the detection that lies in it, as in COCO.
    """

    detection: Int64[np.ndarray, "pairs"]
    target: Int64[np.ndarray, "pairs"]
    overlap: Float64[np.ndarray, "pairs"]

    def rows(self, chosen: np.ndarray) -> "OverlapPairs":
        """Picks pairs by position or by one True or False each."""
        return OverlapPairs(self.detection[chosen], self.target[chosen], self.overlap[chosen])


def overlap_pairs(
    images: Sequence[ComparedImage],
    kind: Kind,
    counted: Bool[np.ndarray, "detections"],
    at_least: float,
    *,
    of_any_class: bool = False,
) -> OverlapPairs:
    """Finds the pairs that overlap enough.

    Args:
        images: Their detections and targets are numbered one after the other.
        kind: Whether boxes or masks are compared.
        counted: Which detections may be in a pair.
        at_least: Smallest overlap.
        of_any_class: Whether detection and target may be of different classes.
    """
    columns: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    first_detection = first_target = 0
    for image in images:
        stop = first_detection + len(image.scores)
        chosen = np.flatnonzero(counted[first_detection:stop])
        of_image = _box_pairs if kind == "bbox" else _mask_pairs
        row, column, overlap = of_image(image, chosen, of_any_class)
        is_near = overlap >= at_least
        columns.append((row[is_near] + first_detection, column[is_near] + first_target, overlap[is_near]))
        first_detection, first_target = stop, first_target + len(image.target_labels)
    if not columns:
        return OverlapPairs(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    detection, target, overlap = (np.concatenate(parts) for parts in zip(*columns, strict=True))
    order = np.lexsort((target, overlap, detection))
    return OverlapPairs(detection[order], target[order], overlap[order])


def _box_pairs(image: ComparedImage, chosen: np.ndarray, of_any_class: bool) -> tuple[np.ndarray, ...]:
    """Compares boxes as COCO does, in the same order of operations."""
    can_pair = image.labels[chosen][:, None] == image.target_labels
    row, column = (can_pair | of_any_class).nonzero()
    row = chosen[row]
    found, there = image.boxes[row], image.target_boxes[column]
    sides = np.minimum(found[:, :2] + found[:, 2:], there[:, :2] + there[:, 2:])
    sides -= np.maximum(found[:, :2], there[:, :2])
    shared = np.where((sides > 0).all(axis=1), sides[:, 0] * sides[:, 1], 0.0)
    own = found[:, 2] * found[:, 3]
    union = np.where(image.target_ignored[column], own, own + there[:, 2] * there[:, 3] - shared)
    return row, column, np.divide(shared, union, out=np.zeros_like(shared), where=shared > 0)


def _mask_pairs(image: ComparedImage, chosen: np.ndarray, of_any_class: bool) -> tuple[np.ndarray, ...]:
    """Compares masks, class by class unless any may meet any."""
    assert image.masks is not None
    assert image.target_masks is not None
    parts = [(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))]
    for rows, targets in _groups(image, chosen, of_any_class):
        found, there = [image.masks[row] for row in rows], [image.target_masks[target] for target in targets]
        crowds = image.target_ignored[targets].astype(int).tolist()
        overlaps = np.asarray(mask_code.iou(found, there, crowds), dtype=np.float64).ravel()
        parts.append((np.repeat(rows, len(targets)), np.tile(targets, len(rows)), overlaps))
    return tuple(np.concatenate(columns) for columns in zip(*parts, strict=True))


def _groups(image: ComparedImage, chosen: np.ndarray, of_any_class: bool) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Gives rows of detections and of targets that may make pairs."""
    targets = np.arange(len(image.target_labels))
    labels = image.labels[chosen]
    if of_any_class and len(chosen) and len(targets):
        yield chosen, targets
    elif not of_any_class:
        for label in np.intersect1d(labels, image.target_labels).tolist():
            yield chosen[labels == label], targets[image.target_labels == label]
