"""Anchors and targets matched by IoU: the rules of RetinaNet and of SSD.

Source: RetinaNet, Lin et al. 2017, section 4.1; Faster R-CNN, Ren et al. 2015, section 3.1.2 (the best anchor of an
object is positive, however small the overlap); SSD, Liu et al. 2016, section 2.2 (the same, and IoU over 0.5).
"""

from collections.abc import Sequence

from conformance.reference.targets import BACKGROUND, IGNORED

Boxes = Sequence[Sequence[float]]
Matrix = list[list[float]]


def plain_iou(box: Sequence[float], other: Sequence[float]) -> float:
    """Gives intersection over union without any ε; two boxes without area overlap by 0."""
    width = min(box[2], other[2]) - max(box[0], other[0])
    height = min(box[3], other[3]) - max(box[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    areas = (box[2] - box[0]) * (box[3] - box[1]), (other[2] - other[0]) * (other[3] - other[1])
    return width * height / (areas[0] + areas[1] - width * height)


def overlaps_with(boxes: Boxes, anchors: Boxes) -> Matrix:
    """Gives the IoU of every target (row) with every anchor (column)."""
    return [[plain_iou(box, anchor) for anchor in anchors] for box in boxes]


def best_target(overlaps: Matrix, anchor: int) -> tuple[int, float]:
    """Gives the row that the anchor overlaps most, and how much; of equal ones the first."""
    column = [row[anchor] for row in overlaps]
    most = max(column)
    return column.index(most), most


def by_thresholds(overlaps: Matrix, anchors: int, positive: float, negative: float) -> list[int]:
    """Gives each anchor's row: its best one at an IoU of at least `positive`, background strictly below `negative`."""
    found = []
    for anchor in range(anchors):
        row, most = best_target(overlaps, anchor) if overlaps else (BACKGROUND, 0.0)
        if most >= positive:
            found.append(row)
        else:
            found.append(BACKGROUND if most < negative else IGNORED)
    return found


def claims(row: list[float], usable: Sequence[bool], least: float, *, all_ties: bool, zero: bool) -> list[int]:
    """Gives the anchors that a target claims as its best: all of exactly its largest IoU, or the first of them.

    With `zero`, a target that overlaps nothing claims every anchor of IoU 0, as published code has it.
    """
    most = max((overlap for overlap, use in zip(row, usable, strict=True) if use), default=-1.0)
    if most < least or (most == 0 and not zero):
        return []
    claimed = [anchor for anchor, overlap in enumerate(row) if usable[anchor] and overlap == most]
    return claimed if all_ties else claimed[:1]


def give_to_last_claimant(
    found: list[int], overlaps: Matrix, usable: Sequence[bool], least: float, *, all_ties: bool, zero: bool
) -> None:
    """Hands every claimed anchor to its claimant; targets go in order, so the one listed last wins (MMDetection)."""
    for target, row in enumerate(overlaps):
        for anchor in claims(row, usable, least, all_ties=all_ties, zero=zero):
            found[anchor] = target


def restore_claimed(found: list[int], overlaps: Matrix, usable: Sequence[bool], *, zero: bool) -> None:
    """Makes every claimed anchor positive, for the target that *it* overlaps most (torchvision)."""
    for row in overlaps:
        for anchor in claims(row, usable, 0.0, all_ties=True, zero=zero):
            found[anchor] = best_target(overlaps, anchor)[0]


def covered_by(anchors: Boxes, regions: Boxes, share: float) -> list[bool]:
    """Says of every anchor whether more than a share of its own area lies in a single region."""
    return [any(_part(anchor, region) > share for region in regions) for anchor in anchors]


def _part(anchor: Sequence[float], region: Sequence[float]) -> float:
    width = min(anchor[2], region[2]) - max(anchor[0], region[0])
    height = min(anchor[3], region[3]) - max(anchor[1], region[1])
    return max(width, 0.0) * max(height, 0.0) / ((anchor[2] - anchor[0]) * (anchor[3] - anchor[1]))


def best_prior_of_each(overlaps: Matrix) -> list[int]:
    """Gives for each target the prior that it overlaps most, of equal ones the first; −1 if it overlaps none."""
    return [row.index(max(row)) if max(row) > 0 else -1 for row in overlaps]


def bipartite_pairs(overlaps: Matrix) -> dict[int, int]:
    """Gives prior → target: take the pair of largest IoU, strike its row and column, repeat (SSD's own matching)."""
    pairs: dict[int, int] = {}
    open_rows = set(range(len(overlaps)))
    while open_rows:
        best = (0.0, -1, -1)
        for row in sorted(open_rows):
            for prior, overlap in enumerate(overlaps[row]):
                if overlap > best[0] and prior not in pairs:
                    best = (overlap, row, prior)
        if best[1] < 0:
            break
        pairs[best[2]] = best[1]
        open_rows.remove(best[1])
    return pairs
