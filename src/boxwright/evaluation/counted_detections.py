"""The detections and targets of all images in columns, in the order in which COCO goes through them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int64

from boxwright.evaluation.compared_image import ComparedImage, Kind


@dataclass(frozen=True, slots=True)
class CountedDetections:
    """Detections and targets, numbered through all images.

    Args:
        image: Position of the image of every detection.
        labels: Of the detections.
        scores: Of the detections.
        areas: Of the detections, pixels.
        rank: Of every detection in its image and class, the best is 0.
        order: Detections class by class, the best score first; those beyond the limit are not in it.
        target_image: Position of the image of every target.
        target_labels: Of the targets.
        target_areas: As annotated, pixels.
        crowd: Which targets are ignored regions.
    """

    image: Int64[np.ndarray, "detections"]
    labels: Int64[np.ndarray, "detections"]
    scores: Float64[np.ndarray, "detections"]
    areas: Float64[np.ndarray, "detections"]
    rank: Int64[np.ndarray, "detections"]
    order: Int64[np.ndarray, "counted"]
    target_image: Int64[np.ndarray, "targets"]
    target_labels: Int64[np.ndarray, "targets"]
    target_areas: Float64[np.ndarray, "targets"]
    crowd: Bool[np.ndarray, "targets"]

    @property
    def is_counted(self) -> Bool[np.ndarray, "detections"]:
        """Which detections are within the limit."""
        flags = np.zeros(len(self.labels), np.bool_)
        flags[self.order] = True
        return flags


def counted_detections(images: Sequence[ComparedImage], kind: Kind, most: int) -> CountedDetections:
    """Puts images into columns; detections of equal score keep the order of their images, and in these their own.

    Args:
        images: In the order in which they are ranked.
        kind: Whether boxes or masks are compared; it decides what the area of a detection is.
        most: Best detections per image and class that count.
    """
    image = np.repeat(np.arange(len(images)), [len(each.scores) for each in images])
    labels = _joined([each.labels for each in images], np.int64)
    scores = _joined([each.scores for each in images], np.float64)
    rank = _rank_in_group(image, labels, scores)
    order = np.lexsort((-scores, labels))
    return CountedDetections(
        image=image,
        labels=labels,
        scores=scores,
        areas=_joined([each.areas(kind) for each in images], np.float64),
        rank=rank,
        order=order[rank[order] < most],
        target_image=np.repeat(np.arange(len(images)), [len(each.target_labels) for each in images]),
        target_labels=_joined([each.target_labels for each in images], np.int64),
        target_areas=_joined([each.target_areas for each in images], np.float64),
        crowd=_joined([each.target_ignored for each in images], np.bool_),
    )


def _rank_in_group(image: np.ndarray, labels: np.ndarray, scores: np.ndarray) -> Int64[np.ndarray, "detections"]:
    order = np.lexsort((-scores, labels, image))
    is_first = np.ones(len(order), np.bool_)
    is_first[1:] = (np.diff(image[order]) != 0) | (np.diff(labels[order]) != 0)
    place = np.arange(len(order))
    rank = np.empty(len(order), np.int64)
    rank[order] = place - np.maximum.accumulate(np.where(is_first, place, 0))
    return rank


def _joined(parts: Sequence[np.ndarray], kind: type) -> np.ndarray:
    return np.concatenate([*parts, np.zeros(0, kind)])
