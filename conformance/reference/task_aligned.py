"""Task-aligned assignment, as YOLOv8 has it, in the dialects of its releases.

Source: TOOD, Feng et al. 2021, section 3.2 (alignment, normaliser); what the releases were measured to do.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from conformance.reference.chain_rule import logistic, value_of
from conformance.reference.overlaps import ciou
from conformance.reference.targets import BACKGROUND, Array, Targets

DIALECTS = ("early", "mid", "8.4.0", "current")
EPSILON = 1e-9


@dataclass(frozen=True)
class Rules:
    """What can be chosen."""

    dialect: str = "current"
    strides: tuple[int, ...] = (8, 16, 32)
    topk: int = 10
    alpha: float = 0.5
    beta: float = 6.0


@dataclass(frozen=True)
class Candidates:
    """Of one image: (object, point) tables."""

    inside: Array
    overlap: Array
    alignment: Array


def candidate_region(box: Sequence[float], rules: Rules) -> list[float]:
    """Gives the box in which points are candidates; short sides are lengthened about the centre, each on its own.

    8.4.0: a side under the first stride counts as the second stride. current: one under the second stride does.
    """
    if rules.dialect in ("early", "mid"):
        return list(box)
    limit = rules.strides[0] if rules.dialect == "8.4.0" else rules.strides[1]
    result = list(box)
    for axis in (0, 1):
        if box[axis + 2] - box[axis] < limit:
            middle = (box[axis] + box[axis + 2]) / 2
            result[axis], result[axis + 2] = middle - rules.strides[1] / 2, middle + rules.strides[1] / 2
    return result


def is_strictly_inside(point: Sequence[float], box: Sequence[float]) -> bool:
    """Says whether the least of the four distances to the sides is over 1e-9."""
    x, y = point
    return min(x - box[0], y - box[1], box[2] - x, box[3] - y) > EPSILON


def candidates_of(
    class_scores: Array,
    predicted: Array,
    points: Array,
    boxes: Sequence[Sequence[float]],
    labels: Sequence[int],
    rules: Rules,
) -> Candidates:
    """Gives overlap = CIoU, not below 0, and alignment = score^α · overlap^β of one image's pairs.

    Early releases compute both for all pairs, later ones for candidates only; chosen are candidates only, everywhere.
    """
    shape = (len(boxes), len(points))
    inside, overlap, alignment = np.zeros(shape, dtype=bool), np.zeros(shape), np.zeros(shape)
    for row, (box, label) in enumerate(zip(boxes, labels, strict=True)):
        region = candidate_region(box, rules)
        for point in range(len(points)):
            inside[row, point] = is_strictly_inside(points[point], region)
            if inside[row, point] or rules.dialect == "early":
                overlap[row, point] = max(value_of(ciou(box, predicted[point].tolist())), 0.0)
                score = float(class_scores[point, label])
                alignment[row, point] = score**rules.alpha * overlap[row, point] ** rules.beta
    return Candidates(inside, overlap, alignment)


def choose(alignment: Array, topk: int) -> list[int]:
    """Gives the points of greatest alignment, of equal ones the first; a point of alignment 0 is never chosen."""
    order = sorted(range(len(alignment)), key=lambda point: (-alignment[point], point))
    return [point for point in order[:topk] if alignment[point] > 0]


def owner_of(point: int, choosers: Sequence[int], found: Candidates, rules: Rules) -> int:
    """Gives the object that a chosen point answers for.

    A contested point goes to the object of largest overlap among all that have it as a candidate, also one that did
    not choose it; in early releases among all objects of the image. Of equal ones the first.
    """
    if len(choosers) == 1:
        return choosers[0]
    rivals = [row for row in range(len(found.overlap)) if rules.dialect == "early" or found.inside[row, point]]
    most = max(found.overlap[row, point] for row in rivals)
    return next(row for row in rivals if found.overlap[row, point] == most)


def assign(class_scores: Array, predicted: Array, points: Array, targets: Targets, rules: Rules) -> tuple[Array, Array]:
    """Gives (image, point) → target or −1, and the quality of each pair.

    Args:
        class_scores: (image, point, class), sigmoids.
        predicted: (image, point, 4), corners in pixels.
        points: (point, 2) in pixels.
        targets: The objects.
        rules: What was chosen.
    """
    matched = np.full(class_scores.shape[:2], BACKGROUND)
    quality = np.zeros(class_scores.shape[:2])
    for image in range(targets.batch):
        own = targets.of_image(image)
        found = candidates_of(
            class_scores[image],
            predicted[image],
            points,
            [targets.boxes[target] for target in own],
            [targets.labels[target] for target in own],
            rules,
        )
        chosen: dict[int, list[int]] = {}
        for row in range(len(own)):
            for point in choose(found.alignment[row] * found.inside[row], rules.topk):
                chosen.setdefault(point, []).append(row)
        owners = {point: owner_of(point, rows, found, rules) for point, rows in chosen.items()}
        for point, row in owners.items():
            matched[image, point] = own[row]
            quality[image, point] = pair_quality(point, row, owners, found)
    return matched, quality


def pair_quality(point: int, row: int, owners: dict[int, int], found: Candidates) -> float:
    """Gives alignment · (the object's largest overlap) / (the object's largest alignment + 1e-9), over pairs kept."""
    kept = [other for other, owner in owners.items() if owner == row]
    most_overlap = max(float(found.overlap[row, other]) for other in kept)
    most_aligned = max(float(found.alignment[row, other]) for other in kept)
    return float(found.alignment[row, point]) * most_overlap / (most_aligned + EPSILON)


def sigmoids(logits: Array) -> Array:
    """Gives the sigmoid of every logit."""
    return np.array([logistic(value) for value in logits.ravel().tolist()]).reshape(logits.shape)
