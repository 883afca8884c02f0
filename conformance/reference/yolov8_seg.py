"""YOLOv8-seg: the mask loss, on top of everything that YOLOv8 does.

Source: YOLACT, Bolya et al. 2019, sections 3.1 and 3.2 (prototypes, coefficients, crop, division by the box's area).
"""

from collections.abc import Sequence

import numpy as np

from conformance.reference.elementwise import bce
from conformance.reference.masks import is_inside, linear_taps, nearest
from conformance.reference.targets import Array, Outcome, Targets


def losses(
    coefficients: Array,
    prototypes: Array,
    masks: Array,
    canvas: Sequence[int],
    targets: Targets,
    matched: Array,
    dialect: str = "current",
    gain: float = 7.5,
) -> Outcome:
    """Gives the mask loss times its gain and the number of images, with gradients.

    early: the mean over the pairs of each image, then over images. Later: the mean over the pairs of the batch. Pairs
    are not weighted by quality.

    Args:
        coefficients: (image, point, prototype).
        prototypes: (image, prototype, height, width).
        masks: (object, height, width), 0 or 1.
        canvas: Height and width in pixels, the frame of the boxes.
        targets: The objects.
        matched: Target of each point, or −1.
        dialect: Of the release.
        gain: Weight of the loss.
    """
    gradients = {"coefficients": np.zeros(coefficients.shape), "prototypes": np.zeros(prototypes.shape)}
    total = 0.0
    for image in range(targets.batch):
        pairs = [point for point in range(matched.shape[1]) if matched[image, point] >= 0]
        count = len(pairs) * targets.batch if dialect == "early" else int((matched >= 0).sum())
        for point in pairs:
            target = int(matched[image, point])
            weight = gain * targets.batch / count
            logits = np.tensordot(coefficients[image, point], prototypes[image], axes=1)
            value, slopes = pair_loss(logits, masks[target], targets.boxes[target], canvas, dialect)
            total += weight * value
            along = np.tensordot(prototypes[image], slopes, axes=2)
            gradients["coefficients"][image, point] += weight * along
            gradients["prototypes"][image] += weight * coefficients[image, point][:, None, None] * slopes
    return Outcome({"mask": total}, gradients)


def pair_loss(
    logits: Array, mask: Array, box: Sequence[float], canvas: Sequence[int], dialect: str
) -> tuple[float, Array]:
    """Gives the sum of BCE over the pixels inside the target's box, over the box's area; and its slopes.

    Up to 8.3 predicted and true pixels meet at the prototypes: the mask is reduced to its nearest pixels. From 8.4 on
    they meet at the mask: the logits are enlarged bilinearly (enlarging prototypes first is the same, it is linear).
    """
    at_masks = dialect in ("8.4.0", "current")
    height, width = mask.shape if at_masks else logits.shape
    scale = (width / canvas[1], height / canvas[0])
    window = [box[0] * scale[0], box[1] * scale[1], box[2] * scale[0], box[3] * scale[1]]
    area = (window[2] - window[0]) * (window[3] - window[1])
    rows = [linear_taps(row, height, logits.shape[0]) for row in range(height)]
    columns = [linear_taps(column, width, logits.shape[1]) for column in range(width)]
    total, slopes = 0.0, np.zeros(logits.shape)
    for row in range(height):
        for column in range(width):
            if not is_inside(row, column, window):
                continue
            taps = [(y, x, a * b) for y, a in rows[row] for x, b in columns[column] if a * b]
            logit = sum(float(logits[y, x]) * share for y, x, share in taps)
            truth = mask[nearest(row, height, mask.shape[0]), nearest(column, width, mask.shape[1])]
            value, slope = bce(logit, float(truth))
            total += value / area
            for y, x, share in taps:
                slopes[y, x] += slope * share / area
    return total, slopes


def painted(masks: Array, images: Sequence[int]) -> Array:
    """Gives the masks as one index map per image would: a shared pixel belongs to the smallest object.

    Among equally large ones to the one listed later.
    """
    result = np.array(masks)
    sizes = [int(mask.sum()) for mask in masks]
    for one in range(len(masks)):
        for other in range(len(masks)):
            on_top = images[other] == images[one] and (-sizes[other], other) > (-sizes[one], one)
            if on_top:
                result[one][masks[other] > 0] = 0
    return result
