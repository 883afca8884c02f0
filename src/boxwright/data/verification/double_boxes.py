"""Objects that are boxed twice."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Int64

from boxwright.data.formats.annotation_table import AnnotationTable

LIKE = 0.9
"""IoU from which two boxes are taken for one object."""

# Two boxes with an IoU of 0.9 have left edges within 0.1 / 0.9 of the width of either.
_REACH = (1 - LIKE) / LIKE


@dataclass(frozen=True, slots=True)
class DoubleBoxes:
    """Pairs of rows of a table that have nearly the same box in the same image.

    Args:
        first: The earlier row.
        second: The later row.
        iou: Of the two boxes.
        same_label: Whether they have one class.
    """

    first: Int64[np.ndarray, "pairs"]
    second: Int64[np.ndarray, "pairs"]
    iou: Float32[np.ndarray, "pairs"]
    same_label: Bool[np.ndarray, "pairs"]


def find_double_boxes(table: AnnotationTable) -> DoubleBoxes:
    """Finds the pairs with an IoU of at least `LIKE`; ignored regions do not count.

    Boxes are sorted by image and left edge, and compared with their neighbours in that order as far as an edge can
    be away, all boxes of the data set at once.

    Args:
        table: The objects.
    """
    image = np.repeat(np.arange(len(table)), np.diff(table.offsets))
    rows = np.flatnonzero(~table.ignore)
    rows = rows[np.lexsort((table.boxes[rows, 0], image[rows]))]
    image, boxes = image[rows], table.boxes[rows].astype(np.float64)
    limit = boxes[:, 0] + _REACH * (boxes[:, 2] - boxes[:, 0]) + 1e-6
    left, pairs = np.arange(len(rows)), [np.empty((0, 2), np.int64)]
    for step in range(1, len(rows)):
        left = left[left + step < len(rows)]
        right = left + step
        is_near = (image[right] == image[left]) & (boxes[right, 0] <= limit[left])
        left, right = left[is_near], right[is_near]
        if not len(left):
            break
        pairs.append(np.stack((left, right), axis=1))
    near = np.concatenate(pairs)
    iou = _iou(boxes[near[:, 0]], boxes[near[:, 1]])
    near, iou = near[iou >= LIKE], iou[iou >= LIKE].astype(np.float32)
    found = np.sort(rows[near].reshape(-1, 2), axis=1)
    order = np.lexsort((found[:, 1], found[:, 0]))
    first, second = found[order].T
    return DoubleBoxes(first, second, iou[order], table.labels[first] == table.labels[second])


def _iou(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    shared = np.clip(np.minimum(first[:, 2:], second[:, 2:]) - np.maximum(first[:, :2], second[:, :2]), 0, None)
    areas = [(boxes[:, 2:] - boxes[:, :2]).prod(axis=1) for boxes in (first, second)]
    both = shared.prod(axis=1)
    iou: np.ndarray = both / (areas[0] + areas[1] - both)
    return iou
