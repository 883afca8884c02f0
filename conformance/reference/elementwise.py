"""Losses of one number, or of one softmax: each with its slope written out.

Source: focal loss, Lin et al. 2017, eq. 4 and 5; generalised focal loss, Li et al. 2020 (quality focal, distribution
focal); smooth L1, Girshick 2015, eq. 3.
"""

import math
from collections.abc import Sequence

from conformance.reference.chain_rule import (
    Number,
    Scalar,
    absolute,
    exponential,
    gradient_of,
    logistic,
    power,
    sigmoid,
)


def softplus(x: float) -> float:
    """Gives ln(1 + e^x), computed so that no exponential overflows."""
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def bce(logit: float, label: float, positive_weight: float = 1.0) -> tuple[float, float]:
    """Gives −w y ln p − (1 − y) ln(1 − p), p the sigmoid of the logit, and its slope."""
    p = logistic(logit)
    value = positive_weight * label * softplus(-logit) + (1 - label) * softplus(logit)
    return value, positive_weight * label * (p - 1) + (1 - label) * p


def focal(
    logit: float, label: float, alpha: float = 0.25, gamma: float = 2.0, positive_weight: float = 1.0
) -> tuple[float, float]:
    """Gives α_t (1 − p_t)^γ BCE and its slope; a negative α means no balancing."""
    p = logistic(logit)
    balance = alpha * label + (1 - alpha) * (1 - label) if alpha >= 0 else 1.0
    miss = p + label - 2 * p * label  # 1 − p_t
    miss_slope = (1 - 2 * label) * p * (1 - p)
    value, slope = bce(logit, label, positive_weight)
    if miss <= 0:
        return 0.0, 0.0
    factor = miss**gamma
    return balance * factor * value, balance * (gamma * factor / miss * miss_slope * value + factor * slope)


def quality_focal(
    logit: float, label: float, alpha: float, gamma: float, positive_weight: float = 1.0
) -> tuple[float, float]:
    """Gives α_t |y − p|^γ BCE and its slope."""

    def formula(inputs: list[Number]) -> Scalar:
        distance = absolute(label - sigmoid(inputs[0]))
        return (alpha * label + (1 - alpha) * (1 - label)) * power(distance, gamma) * _bce(inputs[0], label)

    def _bce(x: Number, label: float) -> Number:
        value, slope = bce(x.value, label, positive_weight)
        return Number(value, slope * x.slopes)

    value, slopes = gradient_of(formula, [logit])
    return value, slopes[0]


def blurred_bce(logit: float, label: float, alpha: float) -> tuple[float, float]:
    """Gives BCE (1 − e^((p − y − 1) / (α + 1e-4))) and its slope: labels that are missing cost less."""

    def formula(inputs: list[Number]) -> Scalar:
        value, slope = bce(inputs[0].value, label)
        surprise = sigmoid(inputs[0]) - label
        return Number(value, slope * inputs[0].slopes) * (1 - exponential((surprise - 1) / (alpha + 1e-4)))

    value, slopes = gradient_of(formula, [logit])
    return value, slopes[0]


def smooth_l1(difference: float, beta: float) -> tuple[float, float]:
    """Gives d²/2β where |d| < β, else |d| − β/2, and its slope; β = 0 is plain L1."""
    size = abs(difference)
    if size < beta:
        return 0.5 * difference**2 / beta, difference / beta
    return size - beta / 2, math.copysign(1.0, difference) if difference else 0.0


def softmax(logits: Sequence[float]) -> list[float]:
    """Gives the shares e^x / Σ e^x."""
    top = max(logits)
    shares = [math.exp(logit - top) for logit in logits]
    return [share / sum(shares) for share in shares]


def cross_entropy(logits: Sequence[float], label: int) -> tuple[float, list[float]]:
    """Gives −ln softmax at the label, and its slope along every logit."""
    top = max(logits)
    value = top + math.log(sum(math.exp(logit - top) for logit in logits)) - logits[label]
    return value, [share - (place == label) for place, share in enumerate(softmax(logits))]


def clamped_distance(distance: float, bins: int) -> float:
    """Gives the distance within [0, bins − 1.01], so that it lies between two bins."""
    return min(max(distance, 0.0), bins - 1 - 0.01)


def dfl(logits: Sequence[float], distance: float) -> tuple[float, list[float]]:
    """Gives the cross-entropy against the two bins around the distance, weighted by nearness, and its slopes."""
    left = math.floor(distance)
    near = (left + 1 - distance, distance - left)
    sides = [cross_entropy(logits, left + step) for step in (0, 1)]
    slopes = [near[0] * one + near[1] * other for one, other in zip(sides[0][1], sides[1][1], strict=True)]
    return near[0] * sides[0][0] + near[1] * sides[1][0], slopes


def smooth_labels(epsilon: float) -> tuple[float, float]:
    """Gives the labels 1 − ε/2 and ε/2 of what is and what is not the class."""
    return 1 - epsilon / 2, epsilon / 2
