"""YOLOv5: matching by shape, neighbouring cells, CIoU, objectness balanced over levels.

Source: no paper; what release 7.0 was measured to do. A prior is (centre x, centre y, width, height, stride).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from conformance.reference.chain_rule import Number, Scalar, gradient_of
from conformance.reference.coding import centre_size, sigmoid_offset_decode
from conformance.reference.elementwise import bce, focal, smooth_labels
from conformance.reference.overlaps import ciou
from conformance.reference.targets import Array, Outcome, Targets

Anchors = Sequence[Sequence[Sequence[float]]]
Row = tuple[int, int, int, int]  # image, level, prior, target
STEPS = ("own", "left", "up", "right", "down")


@dataclass(frozen=True)
class Rules:
    """What can be chosen. Gains are those after scaling; see `scaled_gains`."""

    strides: tuple[int, ...] = (8, 16, 32)
    balance: tuple[float, ...] = (4.0, 1.0, 0.4)
    box_gain: float = 0.05
    class_gain: float = 0.5
    objectness_gain: float = 1.0
    threshold: float = 4.0
    label_smoothing: float = 0.0
    focal_gamma: float = 0.0
    class_positive_weight: float = 1.0
    objectness_positive_weight: float = 1.0
    duplicates: str = "largest"
    repeats: bool = False


def scaled_gains(levels: int, classes: int, canvas: Sequence[int]) -> tuple[float, float, float]:
    """Gives the gains of box, class and objectness: 0.05, 0.5 and 1, scaled by 3 / levels, classes / 80 and area."""
    area = canvas[0] * canvas[1] / 640**2
    return 0.05 * 3 / levels, 0.5 * classes / 80 * 3 / levels, area * 3 / levels


def shape_ratio(sides: Sequence[float], anchor: Sequence[float]) -> float:
    """Gives the worst of w / w′, w′ / w, h / h′ and h′ / h."""
    return max(max(side / other, other / side) for side, other in zip(sides, anchor, strict=True))


def answering_cells(x: float, y: float, columns: int, rows: int) -> dict[str, tuple[int, int]]:
    """Gives (column, row) of the cell of a centre in strides, and of those neighbours that answer too.

    The left one answers if the centre lies in the left half of its cell, more than one cell from the border; and so on.
    Of a centre on the border of two cells the step to the right ends in its own cell, which is then there twice.
    """
    steps = {"own": (x, y)}
    if x % 1 < 0.5 and x > 1:
        steps["left"] = (x - 0.5, y)
    if y % 1 < 0.5 and y > 1:
        steps["up"] = (x, y - 0.5)
    if (columns - x) % 1 < 0.5 and columns - x > 1:
        steps["right"] = (x + 0.5, y)
    if (rows - y) % 1 < 0.5 and rows - y > 1:
        steps["down"] = (x, y + 0.5)
    return {step: (min(int(a), columns - 1), min(int(b), rows - 1)) for step, (a, b) in steps.items()}


def assign(targets: Targets, canvas: Sequence[int], anchors: Anchors, rules: Rules) -> list[Row]:
    """Gives every pair, level by level; within a level: by step of the cell, then anchor, then target."""
    found: list[Row] = []
    first = 0
    for level, (stride, sizes) in enumerate(zip(rules.strides, anchors, strict=True)):
        rows, columns = -(-canvas[0] // stride), -(-canvas[1] // stride)
        keyed = []
        for target, box in enumerate(targets.boxes):
            x, y, width, height = (value / stride for value in centre_size(box))
            for number, anchor in enumerate(sizes):
                if shape_ratio((width, height), [side / stride for side in anchor]) >= rules.threshold:
                    continue
                for step, (column, row) in answering_cells(x, y, columns, rows).items():
                    prior = first + (row * columns + column) * len(sizes) + number
                    pair = (targets.images[target], level, prior, target)
                    keyed.append((STEPS.index(step), number, target, pair))
        for _, _, _, pair in sorted(keyed):
            if rules.repeats or pair not in found:
                found.append(pair)
        first += rows * columns * len(sizes)
    return found


def pair_overlap(code: Sequence[float], prior: Sequence[float], box: Sequence[float]) -> tuple[float, list[float]]:
    """Gives the CIoU (no ε on heights) of the decoded box and the target, in strides, and its slope along the code."""
    stride = prior[4]
    scaled = [value / stride for value in prior[:4]]
    truth = [value / stride for value in box]

    def formula(inputs: list[Number]) -> Scalar:
        return ciou(sigmoid_offset_decode(inputs, scaled, 1.0), truth, "torchvision")

    return gradient_of(formula, code)


def losses(
    codes: Array,
    objectness: Array,
    class_logits: Array,
    priors: Sequence[Sequence[float]],
    targets: Targets,
    rows: Sequence[Row],
    rules: Rules,
) -> Outcome:
    """Gives box, objectness and class loss, each times the number of images, with gradients.

    Args:
        codes: (image, prior, 4).
        objectness: (image, prior).
        class_logits: (image, prior, class).
        priors: Centre, size and stride.
        targets: The objects.
        rows: What `assign` gave.
        rules: What was chosen.
    """
    gradients = {"codes": np.zeros(codes.shape), "class_logits": np.zeros(class_logits.shape)}
    found = {"box": 0.0, "class": 0.0}
    for level in range(len(rules.strides)):
        own = [row for row in rows if row[1] == level]
        for image, _, prior, target in own:
            overlap, slopes = pair_overlap(codes[image, prior].tolist(), priors[prior], targets.boxes[target])
            weight = rules.box_gain * targets.batch / len(own)
            found["box"] += weight * (1 - overlap)
            gradients["codes"][image, prior] -= weight * np.array(slopes)
            found["class"] += class_loss(
                class_logits, gradients["class_logits"], (image, prior), targets, target, len(own), rules
            )
    labels = objectness_labels(codes, priors, targets, rows, rules)
    level_losses, slopes_of_objectness = objectness_losses(objectness, labels, priors, rules)
    gradients["objectness"] = targets.batch * slopes_of_objectness
    weighted = sum(weight * value for weight, value in zip(rules.balance, level_losses, strict=True))
    found["objectness"] = rules.objectness_gain * targets.batch * weighted
    return Outcome(found, gradients)


def objectness_labels(
    codes: Array, priors: Sequence[Sequence[float]], targets: Targets, rows: Sequence[Row], rules: Rules
) -> Array:
    """Gives each prior's label: the CIoU of its pair, not below 0 and a constant; 0 without a pair.

    Of several pairs on one prior the largest counts, or the last one in the order of the rows.
    """
    labels = np.zeros(codes.shape[:2])
    for image, _, prior, target in rows:
        overlap, _ = pair_overlap(codes[image, prior].tolist(), priors[prior], targets.boxes[target])
        label = max(overlap, 0.0)
        labels[image, prior] = label if rules.duplicates == "last" else max(labels[image, prior], label)
    return labels


def class_loss(
    logits: Array, gradient: Array, at: tuple[int, int], targets: Targets, target: int, pairs: int, rules: Rules
) -> float:
    """Gives the class loss of one pair, a share of the mean over pairs and classes, and adds its gradient.

    There is none for a single class.
    """
    classes = logits.shape[2]
    if classes == 1:
        return 0.0
    positive, negative = smooth_labels(rules.label_smoothing)
    weight = rules.class_gain * targets.batch / (pairs * classes)
    total = 0.0
    for kind, logit in enumerate(logits[at].tolist()):
        label = positive if kind == targets.labels[target] else negative
        value, slope = soft_loss(logit, label, rules.focal_gamma, rules.class_positive_weight)
        total += weight * value
        gradient[(*at, kind)] += weight * slope
    return total


def objectness_losses(
    objectness: Array, labels: Array, priors: Sequence[Sequence[float]], rules: Rules
) -> tuple[list[float], Array]:
    """Gives the mean BCE over *all* priors of each level, and the gradient of their balanced sum times the gain."""
    gradient, found = np.zeros(objectness.shape), []
    for stride, balance in zip(rules.strides, rules.balance, strict=True):
        own = [place for place, prior in enumerate(priors) if prior[4] == stride]
        count, total = len(own) * len(objectness), 0.0
        for image in range(len(objectness)):
            for prior in own:
                value, slope = soft_loss(
                    float(objectness[image, prior]),
                    float(labels[image, prior]),
                    rules.focal_gamma,
                    rules.objectness_positive_weight,
                )
                total += value / count
                gradient[image, prior] = rules.objectness_gain * balance * slope / count
        found.append(total)
    return found, gradient


def soft_loss(logit: float, label: float, gamma: float, positive_weight: float) -> tuple[float, float]:
    """Gives BCE, or the focal loss with α = 0.25 if γ is over 0."""
    return focal(logit, label, 0.25, gamma, positive_weight) if gamma > 0 else bce(logit, label, positive_weight)


def next_balance(balance: Sequence[float], level_losses: Sequence[float], strides: Sequence[int]) -> list[float]:
    """Gives the weights of the next call: 0.9999 w + 0.0001 / loss, divided by that of stride 16."""
    moved = [0.9999 * weight + 0.0001 / loss for weight, loss in zip(balance, level_losses, strict=True)]
    return [weight / moved[list(strides).index(16)] for weight in moved]
