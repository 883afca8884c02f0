"""Cases of IoU and its relatives."""

from collections.abc import Sequence

import numpy as np

from conformance.case import Array, Case, Tolerance
from conformance.recipes.drawing import GRADIENT, SMOOTH, WIDE, WIDE_GRADIENT, drawn, drawn_boxes, gradient, written
from conformance.reference.chain_rule import gradient_of
from conformance.reference.matching import overlaps_with
from conformance.reference.overlaps import MEASURES

WORDS = {
    "iou": "Row by row: the area of the intersection over the area of the union.",
    "giou": "Row by row: IoU − (C − U) / C, with C the area of the smallest enclosing box and U that of the union.",
    "diou": "Row by row: IoU − ρ² / c², with ρ the distance of the centres and c the diagonal of the enclosing box.",
    "ciou": "Row by row: DIoU − α v, v = 4/π² (atan(w/h) − atan(w′/h′))², α = v / (1 − IoU + v). α is a constant in "
    "the gradient.",
}
SOURCES = {
    "iou": "Jaccard 1912",
    "giou": "Rezatofighi et al. 2019, algorithm 1",
    "diou": "Zheng et al. 2020, eq. 7",
    "ciou": "Zheng et al. 2020, eq. 8 to 11; that no gradient flows through α is the authors' own code",
}
MISTAKES = {
    "iou": "Values near but off by a few per cent: + 1 on sides (boxes as closed pixel ranges). All off: corners taken "
    "for centre and size. A matrix in place of a column: pairwise in place of row by row.",
    "giou": "Too large for boxes that are apart: the penalty was added, not subtracted, or divided by the union.",
    "diou": "Too large for boxes that are apart: a swapped sign, or ρ in place of ρ².",
    "ciou": "Values right and gradients off by a few per cent: gradient flows through α. Values off for different "
    "aspect ratios: h/w in place of w/h does nothing, a missing 4/π² does.",
}
ROWS = 24


def cases() -> list[Case]:
    """Gives the cases of the section."""
    found = [_ordinary(measure) for measure in MEASURES]
    found += [_identical(measure) for measure in MEASURES]
    found += [_touching(measure) for measure in MEASURES]
    return [*found, *[_without_size(measure) for measure in MEASURES], _pairwise()]


def _evaluated(measure: str, boxes: Array, others: Array) -> tuple[Array, Array]:
    formula = MEASURES[measure]
    found = [
        gradient_of(lambda numbers: formula(numbers[:4], numbers[4:]), [*one, *other])
        for one, other in zip(boxes.tolist(), others.tolist(), strict=True)
    ]
    return np.array([value for value, _ in found]), np.array([slopes for _, slopes in found])


def _case(measure: str, name: str, pair: tuple[Array, Array], about: str, mistake: str, **ties: bool) -> Case:
    """Makes a case; `ties` says of which outputs any finite value passes."""
    values, slopes = _evaluated(measure, *pair)
    expected = {
        "value": written(values),
        "gradient_boxes": gradient(slopes[:, :4]),
        "gradient_others": gradient(slopes[:, 4:]),
    }
    tolerance: dict[str, Tolerance] = {"value": SMOOTH, "gradient_boxes": GRADIENT, "gradient_others": GRADIENT}
    if name == "without_size":  # slopes of 1/ε: float16 has no such number
        tolerance = {"value": WIDE, "gradient_boxes": WIDE_GRADIENT, "gradient_others": WIDE_GRADIENT}
    return Case(
        "overlaps",
        f"{measure}_{name}",
        measure,
        f"{WORDS[measure]} {about}",
        SOURCES[measure],
        mistake,
        {"boxes": pair[0], "others": pair[1]},
        {},
        expected,
        tolerance,
        {output: np.ones(expected[output].shape, dtype=bool) for output in ties},
    )


def _ordinary(measure: str) -> Case:
    boxes = drawn_boxes(11, ROWS, (96, 128), (12, 60))
    moved = boxes + drawn(13, (ROWS, 4), -5, 5, 1 / 16)
    apart = drawn_boxes(17, ROWS, (96, 128), (12, 60))
    others = np.where(np.arange(ROWS)[:, None] % 3 == 0, apart, moved).astype(np.float32)
    about = "Boxes are (x1, y1, x2, y2); gradients are those of the sum of the values along both boxes."
    return _case(measure, "ordinary", (boxes, others), about, MISTAKES[measure])


def _identical(measure: str) -> Case:
    boxes = np.array([[3, 4, 100, 90], [16, 8, 48, 72], [0.5, 0.25, 9.5, 3.75], [-20, -30, -4, -3]], dtype=np.float32)
    about = "Of a box with itself it is 1. The gradient lies on a kink: any finite one passes."
    mistake = (
        "NaN: α is 0/0 when the denominator is written v − IoU + (1 + ε) and 1 + ε rounds to 1, in float16 always."
    )
    return _case(measure, "identical", (boxes, boxes.copy()), about, mistake, gradient_boxes=True, gradient_others=True)


def _touching(measure: str) -> Case:
    boxes = np.array([[0, 0, 32, 16], [8, 8, 24, 40], [64, 32, 96, 48]], dtype=np.float32)
    others = np.array([[32, 4, 48, 20], [24, 40, 56, 56], [64, 16, 80, 32]], dtype=np.float32)
    about = "Boxes that share an edge or a corner do not overlap. The gradient lies on a kink: any finite one passes."
    mistake = "IoU over 0: + 1 on sides. NaN in the gradient: a square root or a quotient at 0."
    return _case(measure, "touching", (boxes, others), about, mistake, gradient_boxes=True, gradient_others=True)


def _without_size(measure: str) -> Case:
    boxes = np.array([[4, 4, 4, 4], [4, 4, 20, 4], [4, 4, 4, 20], [8, 8, 8, 8]], dtype=np.float32)
    others = np.array([[0, 0, 16, 16], [0, 0, 16, 16], [0, 0, 16, 16], [8, 8, 8, 8]], dtype=np.float32)
    about = (
        "A box without width or height has IoU 0 with everything; the other measures and all gradients only have to "
        "be finite."
    )
    mistake = "NaN: 0/0 in the union, or atan(0/0) in v. A single such prediction makes the loss of the batch NaN."
    ties = {"gradient_boxes": True, "gradient_others": True} | ({} if measure == "iou" else {"value": True})
    return _case(measure, "without_size", (boxes, others), about, mistake, **ties)


def _pairwise() -> Case:
    boxes, others = drawn_boxes(19, 5, (64, 64), (8, 50)), drawn_boxes(23, 7, (64, 64), (8, 50))
    rows: Sequence[Sequence[float]] = overlaps_with(boxes.tolist(), others.tolist())
    return Case(
        "overlaps",
        "pairwise_iou_rectangular",
        "pairwise_iou",
        "IoU of every box (row) with every other box (column).",
        SOURCES["iou"],
        "A shape of (others, boxes): the matrix is transposed, which square tests do not show.",
        {"boxes": boxes, "others": others},
        {},
        {"value": written(rows)},
        {"value": SMOOTH},
    )
