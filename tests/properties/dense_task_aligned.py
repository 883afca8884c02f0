"""Task-aligned assignment by testing every target against every point, in plain Python numbers.

Written from the description of the published systems, without looking at how the package does it: every loop is
spelled out, nothing is sparse, nothing is a tensor.
"""

import math
from dataclasses import dataclass, field

Box = tuple[float, float, float, float]
EPSILON = 1e-7


@dataclass
class DenseResult:
    """Quality by (image, prior, target); ignored (image, prior); how clearly every decision fell."""

    quality: dict[tuple[int, int, int], float] = field(default_factory=dict)
    ignored: set[tuple[int, int]] = field(default_factory=set)
    margin: float = math.inf

    def compare(self, winner: float, loser: float, *, same_inputs: bool) -> None:
        """Remembers the smallest relative difference that decided something; true ties are decided by order."""
        if not same_inputs:
            self.margin = min(self.margin, abs(winner - loser) / max(abs(winner), 1e-300))


@dataclass(frozen=True)
class DenseTaskAligned:
    """Limits in pixels: sides below `limit` are lengthened to `side`; None leaves targets as they are."""

    topk: int
    alpha: float
    beta: float
    small: tuple[float, float] | None
    anyone_may_win: bool
    epsilon: float = 1e-9

    def __call__(
        self,
        centres: list[tuple[float, float]],
        targets: list[tuple[int, Box, int, bool]],
        scores: list[list[list[float]]],
        boxes: list[list[Box]],
    ) -> DenseResult:
        """Targets are (image, box, label, ignore); scores are [image][prior][label], boxes [image][prior]."""
        result = DenseResult()
        for image in range(len(scores)):
            rows = [row for row, target in enumerate(targets) if target[0] == image]
            self._assign_image(image, rows, centres, targets, scores[image], boxes[image], result)
        return result

    def _assign_image(
        self,
        image: int,
        rows: list[int],
        centres: list[tuple[float, float]],
        targets: list[tuple[int, Box, int, bool]],
        scores: list[list[float]],
        boxes: list[Box],
        result: DenseResult,
    ) -> None:
        live = [row for row in rows if not targets[row][3]]
        priors = range(len(centres))
        overlap = {(row, prior): max(ciou(boxes[prior], targets[row][1]), 0.0) for row in live for prior in priors}
        alignment = {
            (row, prior): scores[prior][targets[row][2]] ** self.alpha * overlap[row, prior] ** self.beta
            for row in live
            for prior in priors
        }
        inside = {
            (row, prior): contains(self._region(targets[row][1]), centres[prior]) for row in live for prior in priors
        }
        chosen = {row: self._best(row, inside, alignment, scores, boxes, targets, result) for row in live}
        owner: dict[int, int] = {}
        for prior in priors:
            claimants = [row for row in live if prior in chosen[row]]
            if len(claimants) > 1:
                rivals = live if self.anyone_may_win else [row for row in live if inside[row, prior]]
                owner[prior] = self._winner(prior, rivals, overlap, targets, result)
            elif claimants:
                owner[prior] = claimants[0]
        for row in live:
            own = [prior for prior in priors if owner.get(prior) == row]
            if own:
                largest = max(alignment[row, prior] for prior in own)
                widest = max(overlap[row, prior] for prior in own)
                for prior in own:
                    result.quality[image, prior, row] = alignment[row, prior] * widest / (largest + self.epsilon)
        for row in rows:
            if targets[row][3]:
                held = {prior for prior in priors if contains(targets[row][1], centres[prior])}
                result.ignored |= {(image, prior) for prior in held - owner.keys()}

    def _region(self, box: Box) -> Box:
        if self.small is None:
            return box
        limit, side = self.small
        x1, y1, x2, y2 = box
        if x2 - x1 < limit:
            middle = (x1 + x2) / 2
            x1, x2 = middle - side / 2, middle + side / 2
        if y2 - y1 < limit:
            middle = (y1 + y2) / 2
            y1, y2 = middle - side / 2, middle + side / 2
        return x1, y1, x2, y2

    def _best(
        self,
        row: int,
        inside: dict[tuple[int, int], bool],
        alignment: dict[tuple[int, int], float],
        scores: list[list[float]],
        boxes: list[Box],
        targets: list[tuple[int, Box, int, bool]],
        result: DenseResult,
    ) -> set[int]:
        label = targets[row][2]
        usable = [prior for prior in range(len(boxes)) if inside[row, prior] and alignment[row, prior] > 0]
        ranked = sorted(usable, key=lambda prior: (-alignment[row, prior], prior))
        for kept in ranked[: self.topk]:
            for dropped in ranked[self.topk :]:
                same = (scores[kept][label], boxes[kept]) == (scores[dropped][label], boxes[dropped])
                result.compare(alignment[row, kept], alignment[row, dropped], same_inputs=same)
        return set(ranked[: self.topk])

    @staticmethod
    def _winner(
        prior: int,
        rivals: list[int],
        overlap: dict[tuple[int, int], float],
        targets: list[tuple[int, Box, int, bool]],
        result: DenseResult,
    ) -> int:
        winner = max(rivals, key=lambda row: (overlap[row, prior], -row))
        for row in rivals:
            same = targets[row][1] == targets[winner][1]
            result.compare(overlap[winner, prior], overlap[row, prior], same_inputs=same)
        return winner


def contains(box: Box, centre: tuple[float, float]) -> bool:
    """Whether a point lies strictly inside a box."""
    return box[0] < centre[0] < box[2] and box[1] < centre[1] < box[3]


def ciou(one: Box, other: Box) -> float:
    """Complete IoU in the YOLO convention: 1e-7 on heights, union, squared diagonal and the weight's denominator."""
    width, height = one[2] - one[0], one[3] - one[1] + EPSILON
    other_width, other_height = other[2] - other[0], other[3] - other[1] + EPSILON
    across = max(0.0, min(one[2], other[2]) - max(one[0], other[0]))
    down = max(0.0, min(one[3], other[3]) - max(one[1], other[1]))
    iou = across * down / (width * height + other_width * other_height - across * down + EPSILON)
    reach = (max(one[2], other[2]) - min(one[0], other[0])) ** 2 + (max(one[3], other[3]) - min(one[1], other[1])) ** 2
    apart = ((one[0] + one[2] - other[0] - other[2]) ** 2 + (one[1] + one[3] - other[1] - other[3]) ** 2) / 4
    aspect = 4 / math.pi**2 * (math.atan(width / height) - math.atan(other_width / other_height)) ** 2
    return iou - apart / (reach + EPSILON) - aspect * aspect / (1 - iou + aspect + EPSILON)
