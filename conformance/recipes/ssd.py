"""Cases of SSD: the paper's matching, torchvision's and that of the tiny detector."""

from collections.abc import Sequence

import numpy as np

from conformance.case import EXACT, Array, Case, Tolerance
from conformance.recipes.drawing import WIDE, WIDE_GRADIENT, drawn, labelled, outcome_arrays, target_arrays, whole
from conformance.reference.chain_rule import value_of
from conformance.reference.coding import corners
from conformance.reference.elementwise import cross_entropy
from conformance.reference.matching import overlaps_with
from conformance.reference.priors import crossed_default_boxes
from conformance.reference.ssd import assign, hard_negatives, losses
from conformance.reference.targets import Targets

CANVAS, CELLS, SCALES, RATIOS, CLASSES = (128, 128), 4, (0.25, 0.5, 0.75), (1.0, 2.0, 0.5), 3
CONVENTIONS = ("paper", "torchvision", "tiny")
SOURCE = "Liu et al. 2016, section 2.2; torchvision 0.29 and a tutorial's tiny detector, measured"
SHARED = {
    "paper": "If several have the same best one, pairs are made greedily: the largest IoU first, both struck out.",
    "torchvision": "If several have the same best one, it is the target listed last; the others may end without.",
    "tiny": "If several have the same best one, it is the target listed last; the others may end without.",
}
BOX = {
    "paper": "Box loss: smooth L1 (β 1) of codes over variances (0.1, 0.1, 0.2, 0.2), summed",
    "torchvision": "Box loss: smooth L1 (β 1) of codes over variances (0.1, 0.1, 0.2, 0.2), summed",
    "tiny": "Box loss: |d| of codes over variances (0.1, 0.1, 0.2, 0.2), the mean of the four",
}
Boxes = Sequence[Sequence[Sequence[float]]]
PLAIN = [[[9, 13, 70, 82], [60, 40, 120, 104]], [[20, 16, 110, 57]]]
TOLERANCE: dict[str, Tolerance] = {
    "matched": EXACT,
    "negatives": EXACT,
    "loss_class": WIDE,
    "loss_box": WIDE,
    "gradient_class_logits": WIDE_GRADIENT,
    "gradient_codes": WIDE_GRADIENT,
}


def cases() -> list[Case]:
    """Gives the cases of the section."""
    found = []
    for convention in CONVENTIONS:
        found += [_plain(convention), _shared(convention), _negatives_run_out(convention)]
    return [*found, _empty_image("paper"), _empty_image("torchvision"), _nothing_at_all(), _threshold()]


def _priors(ratios: Sequence[float]) -> list[tuple[float, float, float, float]]:
    side = CANVAS[0]
    return [(x * side, y * side, w * side, h * side) for x, y, w, h in crossed_default_boxes(CELLS, SCALES, ratios)]


def _case(
    convention: str,
    name: str,
    words: tuple[str, str],
    boxes: Boxes,
    seed: int,
    threshold: float = 0.5,
    ratios: Sequence[float] = RATIOS,
) -> Case:
    targets = labelled(boxes, seed, CLASSES)
    priors = np.array(_priors(ratios), dtype=np.float32)
    rows = priors.astype(np.float64).tolist()
    cornered = [[value_of(value) for value in corners(*row)] for row in rows]
    matched = assign(cornered, targets, convention, threshold)
    class_logits = drawn(seed, (len(boxes), len(rows), CLASSES + 1), -3, 3)
    codes = drawn(seed + 1, (len(boxes), len(rows), 4), -2, 2)
    negatives = hard_negatives(class_logits, matched)
    _check(cornered, targets, convention, threshold, matched, name)
    _check_negatives(class_logits, matched, negatives, name)
    found = losses(class_logits, codes, rows, targets, matched, negatives, convention)
    inputs: dict[str, Array] = {
        "class_logits": class_logits,
        "codes": codes,
        "priors": priors,
        **target_arrays(targets),
    }
    parameters = {
        "convention": convention,
        "canvas": list(CANVAS),
        "cells": CELLS,
        "scales": list(SCALES),
        "ratios": list(ratios),
        "threshold": threshold,
        "negatives_per_positive": 3.0,
    }
    expected = {
        "matched": whole(matched),
        "negatives": negatives,
        **outcome_arrays(found),
    }
    about = (
        f"Every target has its best prior; then each other prior joins its best target at an IoU of at least "
        f"{threshold}. "
        f"{SHARED[convention]} Per image three negatives for each positive, those of largest −ln softmax(background). "
        f"Class loss: softmax cross-entropy, the background being value 0. {BOX[convention]}. Both over the positives "
        f"of "
        f"the batch, at least 1. {words[0]}"
    )
    return Case("ssd", f"{convention}_{name}", "ssd", about, SOURCE, words[1], inputs, parameters, expected, TOLERANCE)


def _check(
    priors: list[list[float]], targets: Targets, convention: str, threshold: float, matched: Array, name: str
) -> None:
    """Refuses inputs whose matches rounding could change."""
    for nudge in (-1e-5, 1e-5):
        if name != "threshold" and (assign(priors, targets, convention, threshold + nudge) != matched).any():
            raise ValueError(f"{name}: an overlap is near the threshold")
    for row in overlaps_with(targets.boxes, priors):
        if sorted(row)[-1] - sorted(row)[-2] < 1e-5:
            raise ValueError(f"{name}: two priors are nearly the best of a target")


def _check_negatives(class_logits: Array, matched: Array, negatives: Array, name: str) -> None:
    """Refuses logits of which rounding could change the choice of negatives."""
    for image in range(len(matched)):
        cost = np.array([cross_entropy(row, 0)[0] for row in class_logits[image].tolist()])
        left = (matched[image] < 0) & ~negatives[image]
        if negatives[image].any() and left.any() and cost[negatives[image]].min() - cost[left].max() < 1e-5:
            raise ValueError(f"{name}: two negatives are nearly equally hard")


def _plain(convention: str) -> Case:
    words = (
        "Two images.",
        "The box loss off by 4: the mean over codes in place of the sum, or the reverse. Other negatives: chosen over "
        "the batch, not per image. The class loss off: divided by positives and negatives.",
    )
    return _case(convention, "plain", words, PLAIN, 503)


def _shared(convention: str) -> Case:
    words = (
        "Two targets share their best prior, in one order and in the other.",
        "One target without a prior where two are expected, or the reverse: the other convention.",
    )
    pair = [[30, 34, 66, 66], [31, 33, 63, 66]]
    return _case(convention, "shared_best_prior", words, [pair, pair[::-1]], 509)


def _empty_image(convention: str) -> Case:
    words = (
        "The first image has no object: it has neither positives nor negatives, and costs nothing.",
        "NaN or an error: the maximum over no object. A larger class loss: the empty image has negatives.",
    )
    return _case(convention, "empty_image", words, [[], PLAIN[0]], 521)


def _negatives_run_out(convention: str) -> Case:
    words = (
        "So many positives that fewer negatives exist than three for each: all negatives count, once.",
        "A larger class loss: positives fill the gap and are counted a second time, as torchvision does.",
    )
    boxes = [[[54, 4, 122, 100], [10, 46, 73, 111], [34, 8, 109, 105], [6, 46, 81, 125]]]
    return _case(convention, "negatives_run_out", words, boxes, 523, threshold=0.15)


def _nothing_at_all() -> Case:
    words = ("No image has an object: both losses and all gradients are 0.", "NaN: divided by no positive.")
    return _case("torchvision", "nothing_at_all", words, [[], []], 541)


def _threshold() -> Case:
    words = (
        "Two priors inside the target cover exactly half of it: an IoU of ½ is a match, also where it is not the best "
        "one.",
        "They are missing: > in place of ≥.",
    )
    return _case("torchvision", "threshold", words, [[[16, 3, 80, 131]]], 547, ratios=(1.0,))
