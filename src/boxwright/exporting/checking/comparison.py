"""What two ways of running a model found in the same image, side by side."""

from dataclasses import dataclass

import torch

from boxwright.structures import Detections

LEAST_SCORE = 0.05
"""Weaker detections need no counterpart: whether they are found may hang on the last digit."""
SAME_OBJECT = 2.0
"""Pixels of the original image by which two boxes may differ and still be taken for one detection."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """How far two results agree, over some images.

    Args:
        num_detections: Those of either side above `LEAST_SCORE`.
        num_matched: Of these, how many the other side has too.
        box_difference: Largest of a matched pair, in pixels.
        score_difference: Largest of a matched pair.
        mask_difference: Largest share of pixels of a matched pair that only one mask has; None without masks.
    """

    num_detections: int
    num_matched: int
    box_difference: float
    score_difference: float
    mask_difference: float | None = None

    def __add__(self, other: "Comparison") -> "Comparison":
        """Puts two together."""
        masks = [each for each in (self.mask_difference, other.mask_difference) if each is not None]
        return Comparison(
            self.num_detections + other.num_detections,
            self.num_matched + other.num_matched,
            max(self.box_difference, other.box_difference),
            max(self.score_difference, other.score_difference),
            max(masks) if masks else None,
        )


def compare(ours: Detections, theirs: Detections, *, least_score: float = LEAST_SCORE) -> Comparison:
    """Pairs the detections of one image: of one class, the nearest box and score.

    A detection of either side above the least score is looked for among all of the other side, so that one whose score
    is a little above on this side and a little below on that side is matched. Nothing is matched twice.

    Args:
        ours: Of one way.
        theirs: Of the other.
        least_score: Weaker detections need no counterpart.
    """
    pairs = _pairs(ours, theirs)
    paired = [{row for row, _ in pairs}, {column for _, column in pairs}]
    strong = [set((each.scores > least_score).nonzero().squeeze(1).tolist()) for each in (ours, theirs)]
    counted = [(row, column) for row, column in pairs if row in strong[0] or column in strong[1]]
    lone = sum(len(those - found) for those, found in zip(strong, paired, strict=True))
    rows, columns = torch.tensor(counted, dtype=torch.int64).view(-1, 2).unbind(1)
    boxes = (ours.boxes[rows] - theirs.boxes[columns]).abs()
    scores = (ours.scores[rows] - theirs.scores[columns]).abs()
    return Comparison(
        len(counted) + lone,
        len(counted),
        float(boxes.max()) if len(counted) else 0.0,
        float(scores.max()) if len(counted) else 0.0,
        _mask_difference(ours, theirs, counted),
    )


def _pairs(ours: Detections, theirs: Detections) -> list[tuple[int, int]]:
    """Pairs each with the nearest of its class, the nearest pairs first."""
    if not len(ours) or not len(theirs):
        return []
    distance = (ours.boxes[:, None] - theirs.boxes[None]).abs().amax(dim=2)
    far = (distance > SAME_OBJECT) | (ours.labels[:, None] != theirs.labels[None])
    cost = (distance + (ours.scores[:, None] - theirs.scores[None]).abs()).masked_fill(far, torch.inf)
    pairs: list[tuple[int, int]] = []
    rows, columns = set(range(len(ours))), set(range(len(theirs)))
    order = cost.flatten().argsort(stable=True)[: int((~far).sum())]
    for place in order.tolist():
        row, column = divmod(place, len(theirs))
        if row in rows and column in columns:
            rows.remove(row)
            columns.remove(column)
            pairs.append((row, column))
    return pairs


def _mask_difference(ours: Detections, theirs: Detections, pairs: list[tuple[int, int]]) -> float | None:
    if ours.masks is None or theirs.masks is None:
        return None
    worst = 0.0
    for row, column in pairs:
        one, other = ours.masks.rows(torch.tensor([row])), theirs.masks.rows(torch.tensor([column]))
        differing = int((one.to_boolean() ^ other.to_boolean()).sum())
        worst = max(worst, differing / max(int(one.areas), int(other.areas), 1))
    return worst
