"""Greedy non-maximum suppression. Source: every detector since Viola and Jones; the ties are this suite's."""

from collections.abc import Sequence

from conformance.reference.chain_rule import value_of
from conformance.reference.overlaps import iou


def suppress(
    boxes: Sequence[Sequence[float]], scores: Sequence[float], labels: Sequence[int], threshold: float
) -> list[int]:
    """Gives the boxes that are kept, best score first; of equal scores, the box listed first comes first.

    A box is dropped if a kept one of its class overlaps it by strictly more than the threshold.
    """
    kept: list[int] = []
    for box in sorted(range(len(boxes)), key=lambda index: (-scores[index], index)):
        rivals = [other for other in kept if labels[other] == labels[box]]
        if all(value_of(iou(boxes[other], boxes[box], "exact")) <= threshold for other in rivals):
            kept.append(box)
    return kept
