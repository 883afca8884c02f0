"""How boxes are written down relative to a prior, and read back.

Source: R-CNN, Girshick et al. 2014, appendix C (deltas); FCOS, Tian et al. 2019, eq. 1 (distances of the sides);
generalised focal loss, Li et al. 2020, eq. 4 (distance as the mean over bins); YOLOv3 and its successors (sigmoids).
"""

import math
from collections.abc import Sequence

from conformance.reference.chain_rule import Scalar, exponential, limited, sigmoid
from conformance.reference.elementwise import softmax

LARGEST_LOG = math.log(1000 / 16)


def centre_size(box: Sequence[float]) -> tuple[float, float, float, float]:
    """Gives (centre x, centre y, width, height) of (x1, y1, x2, y2)."""
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2, box[2] - box[0], box[3] - box[1]


def corners(x: Scalar, y: Scalar, width: Scalar, height: Scalar) -> list[Scalar]:
    """Gives (x1, y1, x2, y2)."""
    return [x - width / 2, y - height / 2, x + width / 2, y + height / 2]


def delta_encode(
    box: Sequence[float],
    prior: Sequence[float],
    stds: Sequence[float] = (1, 1, 1, 1),
    means: Sequence[float] = (0, 0, 0, 0),
) -> list[float]:
    """Gives the shift of the centre in sides of the prior, and the logarithms of the ratios of sides.

    Each is then reduced by its mean and divided by its standard deviation (SSD: 0.1, 0.1, 0.2, 0.2, called variances).
    """
    x, y, width, height = centre_size(box)
    px, py, prior_width, prior_height = prior
    raw = [
        (x - px) / prior_width,
        (y - py) / prior_height,
        math.log(width / prior_width),
        math.log(height / prior_height),
    ]
    return [(value - mean) / std for value, mean, std in zip(raw, means, stds, strict=True)]


def delta_decode(
    code: Sequence[Scalar],
    prior: Sequence[float],
    stds: Sequence[float] = (1, 1, 1, 1),
    means: Sequence[float] = (0, 0, 0, 0),
    clamp: str = "both",
) -> list[Scalar]:
    """Gives the corners; ratios of sides are kept at most 62.5 ("upper"), and at least 1/62.5 as well ("both")."""
    shift_x, shift_y, log_width, log_height = [
        value * std + mean for value, mean, std in zip(code, means, stds, strict=True)
    ]
    least = -LARGEST_LOG if clamp == "both" else -math.inf
    px, py, prior_width, prior_height = prior
    width = prior_width * exponential(limited(log_width, least, LARGEST_LOG))
    height = prior_height * exponential(limited(log_height, least, LARGEST_LOG))
    return corners(px + shift_x * prior_width, py + shift_y * prior_height, width, height)


def ltrb_encode(box: Sequence[float], point: Sequence[float], stride: float) -> list[float]:
    """Gives how far the left, top, right and bottom side are from the point, in strides."""
    x, y = point
    return [(x - box[0]) / stride, (y - box[1]) / stride, (box[2] - x) / stride, (box[3] - y) / stride]


def ltrb_decode(distances: Sequence[Scalar], point: Sequence[float], stride: float) -> list[Scalar]:
    """Gives the corners of the box whose sides are that far from the point."""
    left, top, right, bottom = distances
    x, y = point
    return [x - left * stride, y - top * stride, x + right * stride, y + bottom * stride]


def mean_bin(logits: Sequence[float]) -> tuple[float, list[float]]:
    """Gives the mean of the bins 0, 1, 2, … under the softmax of the logits, and its slope along each logit."""
    shares = softmax(logits)
    mean = sum(place * share for place, share in enumerate(shares))
    return mean, [share * (place - mean) for place, share in enumerate(shares)]


def split_sides(logits: Sequence[float]) -> list[list[float]]:
    """Cuts the logits of a point into those of its left, top, right and bottom side."""
    bins = len(logits) // 4
    return [list(logits[side * bins : (side + 1) * bins]) for side in range(4)]


def sigmoid_offset_decode(code: Sequence[Scalar], prior: Sequence[float], stride: float) -> list[Scalar]:
    """Gives the corners: the centre moves by (2σ − 1) strides, each side is (2σ)² times that of the anchor."""
    across, down, wide, high = [2 * sigmoid(value) for value in code]
    px, py, anchor_width, anchor_height = prior
    return corners(
        px + (across - 1) * stride, py + (down - 1) * stride, wide * wide * anchor_width, high * high * anchor_height
    )
