"""YOLOv8: CIoU, distribution focal loss and BCE with soft labels, over task-aligned pairs.

Source: Zheng et al. 2020 (CIoU); Li et al. 2020 (DFL); Feng et al. 2021 (quality as label and weight).
"""

from dataclasses import dataclass

import numpy as np

from conformance.reference.chain_rule import Number, Scalar, gradient_of
from conformance.reference.coding import ltrb_decode, ltrb_encode, mean_bin, split_sides
from conformance.reference.elementwise import bce, clamped_distance, dfl
from conformance.reference.overlaps import ciou
from conformance.reference.targets import Array, Outcome, Targets


@dataclass(frozen=True)
class Gains:
    """Weights of the losses."""

    box: float = 7.5
    classification: float = 0.5
    dfl: float = 1.5


def decode(box_logits: Array, points: Array, strides: Array) -> Array:
    """Gives (image, point, 4) corners in pixels of the boxes that distributions over bins say."""
    result = np.zeros((*box_logits.shape[:2], 4))
    for image in range(box_logits.shape[0]):
        for point in range(box_logits.shape[1]):
            distances = [mean_bin(side)[0] for side in split_sides(box_logits[image, point].tolist())]
            result[image, point] = ltrb_decode(distances, points[point], float(strides[point]))
    return result


def losses(
    box_logits: Array,
    class_logits: Array,
    points: Array,
    strides: Array,
    targets: Targets,
    assigned: tuple[Array, Array],
    gains: Gains | None = None,
) -> Outcome:
    """Gives box, class and DFL loss, each times its gain and the number of images, with gradients.

    All are divided by N = max(Σ quality, 1) of the batch.

    Args:
        box_logits: (image, point, 4 · bins), the left side's first.
        class_logits: (image, point, class).
        points: (point, 2) in pixels.
        strides: Of each point.
        targets: The objects.
        assigned: Target (or −1) and quality of each point.
        gains: Weights of the losses.
    """
    gains = gains or Gains()
    matched, quality = assigned
    each = targets.batch / max(float(quality.sum()), 1.0)
    found = {"box": 0.0, "class": 0.0, "dfl": 0.0}
    gradients = {"box_logits": np.zeros(box_logits.shape), "class_logits": np.zeros(class_logits.shape)}
    for image in range(targets.batch):
        for point in range(len(points)):
            target = int(matched[image, point])
            label = targets.labels[target] if target >= 0 else -1
            for kind, logit in enumerate(class_logits[image, point].tolist()):
                wanted = float(quality[image, point]) if kind == label else 0.0
                value, slope = bce(logit, wanted)
                found["class"] += gains.classification * each * value
                gradients["class_logits"][image, point, kind] = gains.classification * each * slope
            if target < 0:
                continue
            stride = float(strides[point])
            box = [value / stride for value in targets.boxes[target]]
            place = (points[point] / stride).tolist()
            weight = each * float(quality[image, point])
            logits = box_logits[image, point].tolist()
            for name, gain, part in (("box", gains.box, box_loss), ("dfl", gains.dfl, distance_loss)):
                value, slopes = part(logits, place, box)
                found[name] += gain * weight * value
                gradients["box_logits"][image, point] += gain * weight * np.array(slopes)
    return Outcome(found, gradients)


def box_loss(logits: list[float], point: list[float], box: list[float]) -> tuple[float, list[float]]:
    """Gives 1 − CIoU of the predicted box and the target, both in strides, and its slopes."""
    means = [mean_bin(side) for side in split_sides(logits)]

    def formula(distances: list[Number]) -> Scalar:
        return 1 - ciou(ltrb_decode(distances, point, 1.0), box)

    value, along_distances = gradient_of(formula, [mean for mean, _ in means])
    slopes = [along * slope for along, (_, bins) in zip(along_distances, means, strict=True) for slope in bins]
    return value, slopes


def distance_loss(logits: list[float], point: list[float], box: list[float]) -> tuple[float, list[float]]:
    """Gives the mean over the four sides of the DFL against the true distance, and its slopes."""
    sides = split_sides(logits)
    parts = [
        dfl(side, clamped_distance(distance, len(side)))
        for side, distance in zip(sides, ltrb_encode(box, point, 1.0), strict=True)
    ]
    return sum(value for value, _ in parts) / 4, [slope / 4 for _, slopes in parts for slope in slopes]
