"""An example of an adapter: overlaps (values only) and suppression, in numpy alone."""

import numpy as np

from conformance.case import Array

NAME = "an example in numpy"
PRECISIONS = ("float32", "float64")
EPSILON = 1e-7


def pairwise_iou(boxes: Array, others: Array) -> Array:
    """All with all."""
    low = np.maximum(boxes[:, None, :2], others[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    common = np.clip(high - low, 0, None).prod(axis=2)
    union = _areas(boxes)[:, None] + _areas(others)[None] - common
    overlap: Array = common / np.maximum(union, EPSILON)
    return overlap


def iou(boxes: Array, others: Array) -> dict[str, Array]:
    """Row by row. Gradients are left out: what is not given is not asked."""
    return {"value": _iou(boxes, others)}


def giou(boxes: Array, others: Array) -> dict[str, Array]:
    """Row by row."""
    width, height = _enclosing(boxes, others)
    enclosing = np.maximum(width * height, EPSILON)
    union = _areas(boxes) + _areas(others) - _common(boxes, others)
    return {"value": _iou(boxes, others) - (enclosing - union) / enclosing}


def diou(boxes: Array, others: Array) -> dict[str, Array]:
    """Row by row."""
    return {"value": _iou(boxes, others) - _distance(boxes, others)}


def ciou(boxes: Array, others: Array) -> dict[str, Array]:
    """Row by row."""
    overlap = _iou(boxes, others)
    angles = [np.arctan2(rows[:, 2] - rows[:, 0], rows[:, 3] - rows[:, 1]) for rows in (boxes, others)]
    aspect = 4 / np.pi**2 * (angles[0] - angles[1]) ** 2
    alpha = aspect / (1 - overlap + aspect + EPSILON)
    return {"value": overlap - _distance(boxes, others) - alpha * aspect}


def nms(boxes: Array, scores: Array, labels: Array, threshold: float) -> Array:
    """Kept boxes, best first."""
    overlap = pairwise_iou(boxes.astype(np.float64), boxes.astype(np.float64))
    kept: list[int] = []
    for box in np.argsort(-scores, kind="stable").tolist():
        rivals = [other for other in kept if labels[other] == labels[box]]
        if not (overlap[box, rivals] > threshold).any():
            kept.append(box)
    return np.array(kept)


def _areas(boxes: Array) -> Array:
    area: Array = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    return area


def _common(boxes: Array, others: Array) -> Array:
    sides = np.minimum(boxes[:, 2:], others[:, 2:]) - np.maximum(boxes[:, :2], others[:, :2])
    common: Array = np.clip(sides, 0, None).prod(axis=1)
    return common


def _iou(boxes: Array, others: Array) -> Array:
    common = _common(boxes, others)
    overlap: Array = common / np.maximum(_areas(boxes) + _areas(others) - common, EPSILON)
    return overlap


def _enclosing(boxes: Array, others: Array) -> tuple[Array, Array]:
    sides = np.maximum(boxes[:, 2:], others[:, 2:]) - np.minimum(boxes[:, :2], others[:, :2])
    return sides[:, 0], sides[:, 1]


def _distance(boxes: Array, others: Array) -> Array:
    width, height = _enclosing(boxes, others)
    shift = (boxes[:, :2] + boxes[:, 2:] - others[:, :2] - others[:, 2:]) / 2
    penalty: Array = (shift**2).sum(axis=1) / np.maximum(width**2 + height**2, EPSILON)
    return penalty
