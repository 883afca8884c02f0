"""RetinaNet: assignment, focal loss and box loss, in the conventions of MMDetection and of torchvision.

Source: Lin et al. 2017; where the two releases differ, what they were measured to do.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from conformance.reference.chain_rule import Number, Scalar, gradient_of
from conformance.reference.coding import centre_size, delta_decode, delta_encode
from conformance.reference.elementwise import focal, smooth_l1
from conformance.reference.matching import (
    Boxes,
    by_thresholds,
    covered_by,
    give_to_last_claimant,
    overlaps_with,
    restore_claimed,
)
from conformance.reference.overlaps import giou
from conformance.reference.targets import IGNORED, Array, Outcome, Targets

FLOAT32_EPSILON = 1.1920928955078125e-07


@dataclass(frozen=True)
class Rules:
    """What can be chosen; the defaults are those of the paper."""

    convention: str = "mmdetection"
    positive: float = 0.5
    negative: float = 0.4
    low_quality: bool = True
    least_claim: float = 0.0
    all_ties: bool = True
    zero_overlap: bool = False
    ignore_share: float | None = None
    alpha: float = 0.25
    gamma: float = 2.0
    box_loss: str = "l1"
    beta: float = 1 / 9
    positive_weight: float = 1.0
    class_gain: float = 1.0
    box_gain: float = 1.0
    stds: tuple[float, ...] = (1.0, 1.0, 1.0, 1.0)
    means: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0)


def assign(
    anchors: Boxes, targets: Targets, rules: Rules, usable: Array | None = None, regions: Sequence[Boxes] = ()
) -> Array:
    """Gives (image, anchor) → target, −1 background, −2 ignored.

    Args:
        anchors: Corners.
        targets: The objects.
        rules: What was chosen.
        usable: (image, anchor): others are ignored and claimed by nobody.
        regions: Of each image, the regions that nobody annotated.
    """
    result = np.full((targets.batch, len(anchors)), IGNORED)
    for image in range(targets.batch):
        own = targets.of_image(image)
        use = [True] * len(anchors) if usable is None else [bool(value) for value in usable[image]]
        if rules.ignore_share is not None and len(regions):
            hidden = covered_by(anchors, regions[image], rules.ignore_share)
            use = [a and not b for a, b in zip(use, hidden, strict=True)]
        found = assign_image([targets.boxes[target] for target in own], anchors, rules, use)
        result[image] = [own[row] if row >= 0 else row for row in found]
    return result


def assign_image(boxes: Boxes, anchors: Boxes, rules: Rules, usable: Sequence[bool]) -> list[int]:
    """Gives each anchor's row among the boxes of one image, −1 background, −2 ignored."""
    overlaps = overlaps_with(boxes, anchors)
    found = by_thresholds(overlaps, len(anchors), rules.positive, rules.negative)
    if rules.low_quality and rules.convention == "mmdetection":
        give_to_last_claimant(
            found, overlaps, usable, rules.least_claim, all_ties=rules.all_ties, zero=rules.zero_overlap
        )
    elif rules.low_quality:
        restore_claimed(found, overlaps, usable, zero=rules.zero_overlap)
    return [row if use else IGNORED for row, use in zip(found, usable, strict=True)]


def divisors(matched: Array, rules: Rules) -> list[float]:
    """Gives what the losses of each image are divided by.

    MMDetection: Σ over images of max(1, positives), plus float32's ε, for all of them. torchvision: each image its own
    max(1, positives), times the number of images (the mean over images).
    """
    counts = [max(1, int((row >= 0).sum())) for row in matched]
    if rules.convention == "mmdetection":
        return [sum(counts) + FLOAT32_EPSILON] * len(counts)
    return [float(count * len(counts)) for count in counts]


def losses(
    class_logits: Array,
    codes: Array,
    anchors: Boxes,
    targets: Targets,
    matched: Array,
    rules: Rules,
    divided_by: Sequence[float] | None = None,
) -> Outcome:
    """Gives the class and the box loss of an assignment, with gradients.

    Args:
        class_logits: (image, anchor, class).
        codes: (image, anchor, 4).
        anchors: Corners.
        targets: The objects.
        matched: What `assign` gave.
        rules: What was chosen.
        divided_by: What the losses of each image are divided by, if a sampler decided it.
    """
    wanted = divided_by or divisors(matched, rules)
    class_gradient, code_gradient = np.zeros(class_logits.shape), np.zeros(codes.shape)
    class_loss = box_loss = 0.0
    for image in range(targets.batch):
        for anchor in range(len(anchors)):
            target = int(matched[image, anchor])
            if target == IGNORED:
                continue
            label = targets.labels[target] if target >= 0 else -1
            weight = (rules.positive_weight if target >= 0 else 1.0) * rules.class_gain / wanted[image]
            for kind, logit in enumerate(class_logits[image, anchor].tolist()):
                value, slope = focal(logit, float(kind == label), rules.alpha, rules.gamma)
                class_loss += weight * value
                class_gradient[image, anchor, kind] = weight * slope
            if target >= 0:
                value, slopes = code_loss(codes[image, anchor].tolist(), anchors[anchor], targets.boxes[target], rules)
                box_loss += rules.box_gain * value / wanted[image]
                code_gradient[image, anchor] = rules.box_gain * np.array(slopes) / wanted[image]
    found = {"class": class_loss, "box": box_loss}
    return Outcome(found, {"class_logits": class_gradient, "codes": code_gradient})


def code_loss(
    code: Sequence[float], anchor: Sequence[float], box: Sequence[float], rules: Rules
) -> tuple[float, list[float]]:
    """Gives L1 or smooth L1 against the encoded target, summed over the four codes, or 1 − GIoU of the decoded box."""
    prior = centre_size(anchor)
    if rules.box_loss == "giou":
        clamp = "both" if rules.convention == "mmdetection" else "upper"
        style = "yolo" if rules.convention == "mmdetection" else "torchvision"

        def formula(inputs: list[Number]) -> Scalar:
            return 1 - giou(delta_decode(inputs, prior, rules.stds, rules.means, clamp), box, style)

        return gradient_of(formula, code)
    beta = rules.beta if rules.box_loss == "smooth_l1" else 0.0
    truth = delta_encode(box, prior, rules.stds, rules.means)
    parts = [smooth_l1(value - wanted, beta) for value, wanted in zip(code, truth, strict=True)]
    return sum(value for value, _ in parts), [slope for _, slope in parts]
