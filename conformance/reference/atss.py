"""Adaptive training sample selection: each object sets the IoU from which its nearest anchors are positive.

Source: Zhang et al. 2020, algorithm 1. The losses are those of FCOS.
"""

import math
from collections.abc import Sequence

import numpy as np

from conformance.reference.coding import centre_size, delta_decode
from conformance.reference.fcos import Decode, is_inside
from conformance.reference.matching import Boxes, plain_iou
from conformance.reference.targets import BACKGROUND, Array, Targets


def nearest_anchors(box: Sequence[float], centres: Boxes, level: Sequence[int], nearest: int) -> list[int]:
    """Gives the anchors of a level whose centres are closest to that of the box: k, or all if there are fewer.

    Of equally close ones the first.
    """
    x, y, _, _ = centre_size(box)
    squared = {anchor: (centres[anchor][0] - x) ** 2 + (centres[anchor][1] - y) ** 2 for anchor in level}
    return sorted(level, key=lambda anchor: (squared[anchor], anchor))[:nearest]


def threshold(overlaps: Sequence[float]) -> float:
    """Gives the mean of the IoUs plus their standard deviation: that of a sample, over n − 1; 0 for one IoU."""
    mean = sum(overlaps) / len(overlaps)
    squares = sum((overlap - mean) ** 2 for overlap in overlaps)
    return mean + math.sqrt(squares / max(len(overlaps) - 1, 1))


def positives(box: Sequence[float], anchors: Boxes, levels: Sequence[Sequence[int]], nearest: int) -> dict[int, float]:
    """Gives anchor → IoU: the candidates of all levels with an IoU of at least the threshold and a centre inside."""
    centres = [centre_size(anchor)[:2] for anchor in anchors]
    candidates = [anchor for level in levels for anchor in nearest_anchors(box, centres, level, nearest)]
    overlaps = {anchor: plain_iou(box, anchors[anchor]) for anchor in candidates}
    least = threshold(list(overlaps.values()))
    return {
        anchor: overlap for anchor, overlap in overlaps.items() if overlap >= least and is_inside(centres[anchor], box)
    }


def assign(anchors: Boxes, strides: Array, targets: Targets, nearest: int) -> Array:
    """Gives (image, anchor) → target or −1: of the objects of a positive the one of highest IoU, then the first.

    Args:
        anchors: Corners.
        strides: Of each anchor; those of one stride are a level.
        targets: The objects.
        nearest: Candidates per level.
    """
    matched = np.full((targets.batch, len(anchors)), BACKGROUND)
    levels = [np.flatnonzero(strides == stride).tolist() for stride in sorted(set(strides.tolist()))]
    for image in range(targets.batch):
        best = [0.0] * len(anchors)
        for target in targets.of_image(image):
            for anchor, overlap in positives(targets.boxes[target], anchors, levels, nearest).items():
                if overlap > best[anchor]:
                    matched[image, anchor], best[anchor] = target, overlap
    return matched


def deltas_decoder(anchors: Boxes, stds: Sequence[float]) -> Decode:
    """Gives what reads a code as shift and log ratios relative to the anchor, in standard deviations."""
    return lambda code, place: delta_decode(code, centre_size(anchors[place]), stds)
