"""Cases of non-maximum suppression."""

import numpy as np

from conformance.case import EXACT, Array, Case
from conformance.recipes.drawing import drawn, drawn_boxes, whole
from conformance.reference.matching import plain_iou
from conformance.reference.suppression import suppress

ABOUT = (
    "In the order of their scores, a box is dropped if a kept one of its class overlaps it by strictly more than the "
    "threshold. "
)
SOURCE = "Felzenszwalb et al. 2010, section 7.2"


def cases() -> list[Case]:
    """Gives the cases of the section."""
    return [_crowd(0.3), _crowd(0.7), _at_the_threshold(), _far_from_zero(), _equal_scores()]


def _case(name: str, about: str, mistake: str, columns: tuple[Array, Array, Array], threshold: float) -> Case:
    boxes, scores, labels = columns
    kept = suppress(boxes.tolist(), scores.tolist(), labels.tolist(), threshold)
    inputs = {"boxes": boxes, "scores": scores, "labels": whole(labels)}
    return Case(
        "suppression", name, "nms", ABOUT + about, SOURCE, mistake, inputs, {"threshold": threshold},
        {"kept": whole(kept)}, {"kept": EXACT},
    )  # fmt: skip


def _crowd(threshold: float) -> Case:
    centres = np.repeat(drawn_boxes(211, 8, (96, 128), (16, 50)), 5, axis=0)
    boxes = centres + drawn(223, (40, 4), -4, 4, 1 / 16)
    scores = (np.argsort(np.argsort(drawn(227, (40,), 0, 1))) / 64 + 0.25).astype(np.float32)
    rows = boxes.astype(np.float32).tolist()
    if any(abs(plain_iou(one, other) - threshold) < 1e-5 for one in rows for other in rows):
        raise ValueError("an overlap is near the threshold")
    return _case(
        f"crowd_{threshold}".replace(".", "_"),
        "Gives the places of the boxes that are kept, best score first.",
        "Too few: classes suppress one another. The right set in another order: not sorted by score. Too many: a "
        "suppressed box no longer counts only if it was itself kept; suppressed ones suppress nothing.",
        (boxes.astype(np.float32), scores, np.arange(40) % 3),
        threshold,
    )


def _at_the_threshold() -> Case:
    boxes = np.array([[0, 0, 16, 16], [0, 0, 16, 8], [0, 0, 8, 8], [32, 0, 48, 16], [32, 0, 48, 12]], dtype=np.float32)
    scores = np.array([0.875, 0.75, 0.625, 0.5, 0.375], dtype=np.float32)
    return _case(
        "overlap_equal_to_the_threshold",
        "An IoU of exactly the threshold (½ here) keeps the box.",
        "The second box is missing: ≥ in place of >.",
        (boxes, scores, np.zeros(5)),
        0.5,
    )


def _far_from_zero() -> Case:
    boxes = np.array([[-40, -40, -8, -8], [-39, -40, -7, -8], [2, 3, 35, 34], [500, 500, 532, 532]], dtype=np.float32)
    boxes = np.concatenate((boxes, boxes))
    scores = np.array([8, 7, 6, 5, 4, 3, 2, 1], dtype=np.float32) / 16
    return _case(
        "classes_and_negative_coordinates",
        "Classes never compete, wherever boxes stand.",
        "Boxes of different classes suppress one another: the offset per class is too small, or coordinates are "
        "negative. Shifting every class by the largest coordinate plus 1 needs the smallest one too.",
        (boxes, scores, np.array([0, 0, 0, 0, 1, 1, 1, 1])),
        0.5,
    )


def _equal_scores() -> Case:
    boxes = np.array([[0, 0, 20, 20], [1, 0, 21, 20], [40, 0, 60, 20], [41, 0, 61, 20]], dtype=np.float32)
    scores = np.full(4, 0.5, dtype=np.float32)
    case = _case(
        "equal_scores",
        "Of boxes of equal score any may come first; of each of these two groups one survives.",
        "Two of a group, or none: boxes of equal score do not suppress one another, or suppress each other.",
        (boxes, scores, np.zeros(4)),
        0.5,
    )
    ties = {"kept": np.ones(case.expected["kept"].shape, dtype=bool)}
    return Case(**{**{key: getattr(case, key) for key in case.__dataclass_fields__}, "ties": ties})
