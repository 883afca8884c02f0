"""FCOS: which point answers for which object, and what it costs.

Source: Tian et al. 2019, section 3; points near the centre and GIoU: its version of 2020, and torchvision 0.29.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from conformance.reference.chain_rule import Number, Scalar, gradient_of
from conformance.reference.coding import ltrb_decode, ltrb_encode
from conformance.reference.elementwise import bce, focal
from conformance.reference.overlaps import giou
from conformance.reference.targets import BACKGROUND, Array, Outcome, Targets

Decode = Callable[[Sequence[Scalar], int], list[Scalar]]
"""Gives the corners, in pixels, of the box that a code says at a place."""


@dataclass(frozen=True)
class Rules:
    """What can be chosen, in strides; without a radius every point inside takes part, as in the paper of 2019."""

    radius: float | None = 1.5
    least: float = 4.0
    most: float = 8.0


def is_inside(point: Sequence[float], box: Sequence[float]) -> bool:
    """Says whether the distances to all four sides are over 0."""
    return min(ltrb_encode(box, point, 1.0)) > 0


def is_near_the_centre(point: Sequence[float], box: Sequence[float], stride: float, rules: Rules) -> bool:
    """Says whether the point is less than the radius from the centre of the box, along x and along y."""
    if rules.radius is None:
        return True
    across, down = point[0] - (box[0] + box[2]) / 2, point[1] - (box[1] + box[3]) / 2
    return max(abs(across), abs(down)) < rules.radius * stride


def has_the_size_of_the_level(
    point: Sequence[float], box: Sequence[float], stride: float, strides: Sequence[float], rules: Rules
) -> bool:
    """Says whether the farthest side is at least `least` and less than `most` strides away.

    On the finest level there is no least distance, on the coarsest no most. A distance on the bound belongs to both
    levels in the paper, to neither in torchvision; here it belongs to the coarser one.
    """
    farthest = max(ltrb_encode(box, point, stride))
    is_far_enough = farthest >= rules.least or stride == min(strides)
    return is_far_enough and (farthest < rules.most or stride == max(strides))


def area(box: Sequence[float]) -> float:
    """Gives width times height."""
    return (box[2] - box[0]) * (box[3] - box[1])


def assign(points: Array, strides: Array, targets: Targets, rules: Rules) -> Array:
    """Gives (image, point) → target or −1: of the objects that a point fits the one of least area, then the first.

    Args:
        points: (point, 2) in pixels.
        strides: Of each point.
        targets: The objects.
        rules: What was chosen.
    """
    matched = np.full((targets.batch, len(points)), BACKGROUND)
    steps, levels = strides.tolist(), sorted(set(strides.tolist()))
    for image in range(targets.batch):
        for place, point in enumerate(points.tolist()):
            fitting = [
                target
                for target in targets.of_image(image)
                if is_inside(point, targets.boxes[target])
                and is_near_the_centre(point, targets.boxes[target], steps[place], rules)
                and has_the_size_of_the_level(point, targets.boxes[target], steps[place], levels, rules)
            ]
            if fitting:
                matched[image, place] = min(fitting, key=lambda target: (area(targets.boxes[target]), target))
    return matched


def centreness(point: Sequence[float], box: Sequence[float]) -> float:
    """Gives √(min(l, r) / max(l, r) · min(t, b) / max(t, b)): 1 in the middle, 0 on the edge."""
    left, top, right, bottom = ltrb_encode(box, point, 1.0)
    return math.sqrt(min(left, right) / max(left, right) * min(top, bottom) / max(top, bottom))


def losses(
    class_logits: Array,
    codes: Array,
    centreness_logits: Array,
    points: Array,
    targets: Targets,
    matched: Array,
    decode: Decode,
) -> Outcome:
    """Gives class, box and centreness loss, each summed and divided by max(1, pairs) of the batch, with gradients.

    Args:
        class_logits: (image, point, class).
        codes: (image, point, 4).
        centreness_logits: (image, point).
        points: (point, 2) in pixels.
        targets: The objects.
        matched: What `assign` gave.
        decode: Reads a code.
    """
    found = {"class": 0.0, "box": 0.0, "centreness": 0.0}
    arrays = {"class_logits": class_logits, "codes": codes, "centreness_logits": centreness_logits}
    gradients = {name: np.zeros(array.shape) for name, array in arrays.items()}
    each = 1 / max(1, int((matched >= 0).sum()))
    for image in range(targets.batch):
        for place, point in enumerate(points.tolist()):
            target = int(matched[image, place])
            label = targets.labels[target] if target >= 0 else -1
            for kind, logit in enumerate(class_logits[image, place].tolist()):
                value, slope = focal(logit, float(kind == label))
                found["class"] += each * value
                gradients["class_logits"][image, place, kind] = each * slope
            if target < 0:
                continue
            box = targets.boxes[target]
            value, slopes = box_loss(codes[image, place].tolist(), place, box, decode)
            found["box"] += each * value
            gradients["codes"][image, place] = each * np.array(slopes)
            value, slope = bce(float(centreness_logits[image, place]), centreness(point, box))
            found["centreness"] += each * value
            gradients["centreness_logits"][image, place] = each * slope
    return Outcome(found, gradients)


def box_loss(code: list[float], place: int, box: Sequence[float], decode: Decode) -> tuple[float, list[float]]:
    """Gives 1 − GIoU of the predicted box and the target, and its slopes along the code."""

    def formula(inputs: list[Number]) -> Scalar:
        return 1 - giou(decode(inputs, place), box, "exact")

    return gradient_of(formula, code)


def distances_decoder(points: Array, strides: Array) -> Decode:
    """Gives what reads a code as distances of the left, top, right and bottom side from the point, in strides."""
    return lambda code, place: ltrb_decode(code, points[place].tolist(), float(strides[place]))
