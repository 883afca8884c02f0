"""SSD: two-rule matching, hard negatives, softmax and (smooth) L1.

Source: Liu et al. 2016, section 2.2. Three conventions: "paper" (bipartite matching, smooth L1), "torchvision" (a
shared best prior goes to the target listed last), "tiny" (the same, and the *mean* of |d| over the four codes).
"""

import numpy as np

from conformance.reference.coding import delta_encode
from conformance.reference.elementwise import cross_entropy, smooth_l1
from conformance.reference.matching import Boxes, best_prior_of_each, best_target, bipartite_pairs, overlaps_with
from conformance.reference.targets import BACKGROUND, Array, Outcome, Targets

VARIANCES = (0.1, 0.1, 0.2, 0.2)


def assign(priors: Boxes, targets: Targets, convention: str, threshold: float = 0.5) -> Array:
    """Gives (image, prior) → target or −1. Priors are corners here."""
    result = np.full((targets.batch, len(priors)), BACKGROUND)
    for image in range(targets.batch):
        own = targets.of_image(image)
        if own:
            rows = assign_image([targets.boxes[target] for target in own], priors, convention, threshold)
            result[image] = [own[row] if row >= 0 else BACKGROUND for row in rows]
    return result


def assign_image(boxes: Boxes, priors: Boxes, convention: str, threshold: float) -> list[int]:
    """Gives each prior's row: first every target takes its best prior, then a prior joins its best target.

    The second rule asks for an IoU of at least the threshold, and never takes a prior from the first.
    """
    overlaps = overlaps_with(boxes, priors)
    if convention == "paper":
        forced = bipartite_pairs(overlaps)
    else:
        forced = {prior: row for row, prior in enumerate(best_prior_of_each(overlaps)) if prior >= 0}
    found = []
    for prior in range(len(priors)):
        row, most = best_target(overlaps, prior)
        found.append(forced.get(prior, row if most >= threshold else BACKGROUND))
    return found


def hard_negatives(class_logits: Array, matched: Array, per_positive: float = 3.0) -> Array:
    """Marks, in each image, three negatives for each positive: those of largest −ln softmax(background).

    Of equal ones the first; never more than there are; never a positive.
    """
    result = np.zeros(matched.shape, dtype=bool)
    for image in range(len(matched)):
        negatives = [prior for prior in range(matched.shape[1]) if matched[image, prior] < 0]
        cost = {prior: cross_entropy(class_logits[image, prior].tolist(), 0)[0] for prior in negatives}
        wanted = int(per_positive * (matched.shape[1] - len(negatives)))
        for prior in sorted(negatives, key=lambda prior: (-cost[prior], prior))[:wanted]:
            result[image, prior] = True
    return result


def losses(
    class_logits: Array,
    codes: Array,
    priors: Boxes,
    targets: Targets,
    matched: Array,
    negatives: Array,
    convention: str,
    alpha: float = 1.0,
) -> Outcome:
    """Gives the class and the box loss, both divided by the positives of the batch, at least 1.

    Args:
        class_logits: (image, prior, 1 + classes); value 0 is the background.
        codes: (image, prior, 4).
        priors: Centre and size.
        targets: The objects; labels count classes from 0, the background is none of them.
        matched: What `assign` gave.
        negatives: What `hard_negatives` gave.
        convention: "paper", "torchvision" or "tiny".
        alpha: Weight of the box loss.
    """
    divisor = max(1, int((matched >= 0).sum()))
    class_gradient, code_gradient = np.zeros(class_logits.shape), np.zeros(codes.shape)
    class_loss = box_loss = 0.0
    for image, prior in np.argwhere((matched >= 0) | negatives).tolist():
        target = int(matched[image, prior])
        label = targets.labels[target] + 1 if target >= 0 else 0
        value, slopes = cross_entropy(class_logits[image, prior].tolist(), label)
        class_loss += value / divisor
        class_gradient[image, prior] = np.array(slopes) / divisor
        if target < 0:
            continue
        truth = delta_encode(targets.boxes[target], priors[prior], VARIANCES)
        for place, wanted in enumerate(truth):
            value, slope = smooth_l1(float(codes[image, prior, place]) - wanted, 0.0 if convention == "tiny" else 1.0)
            weight = alpha / divisor / (4 if convention == "tiny" else 1)
            box_loss += weight * value
            code_gradient[image, prior, place] = weight * slope
    found = {"class": class_loss, "box": box_loss}
    return Outcome(found, {"class_logits": class_gradient, "codes": code_gradient})
