"""Cases of YOLOv5."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from conformance.case import EXACT, Array, Case, Tolerance
from conformance.recipes.drawing import (
    GIVEN,
    WIDE,
    WIDE_GRADIENT,
    drawn,
    labelled,
    outcome_arrays,
    target_arrays,
    whole,
    written,
)
from conformance.reference.priors import yolov5_priors
from conformance.reference.yolov5 import Rules, assign, losses, scaled_gains

CANVAS, CLASSES = (64, 96), 3
ANCHORS = (((6, 8), (16, 12)), ((20, 28), (34, 24)), ((48, 40), (60, 80)))
SOURCE = "YOLOv5 7.0, measured; Zheng et al. 2020 for CIoU"
ABOUT = (
    "An anchor fits if max(w/w′, w′/w, h/h′, h′/h) < 4. The cell of the centre answers, and the neighbours across the "
    "nearer borders, if more than one cell from the edge. Box: mean over a level's pairs of 1 − CIoU (in strides, no ε "
    "on heights). Objectness: mean over all priors of a level of BCE against the CIoU, not below 0 and not "
    "differentiated, times 4, 1, 0.4. Class: mean over a level's pairs and classes of BCE. Levels summed, times gains "
    "and images. Pairs are (image, prior, target), sorted. "
)
Boxes = Sequence[Sequence[Sequence[float]]]
PLAIN = [[[7, 5, 29, 26], [40, 18, 83, 57]], [[12, 21, 31, 33], [50, 7, 61, 22], [20, 10, 90, 60]]]
TOLERANCE: dict[str, Tolerance] = {
    "pairs": EXACT,
    "loss_box": WIDE,
    "loss_objectness": WIDE,
    "loss_class": WIDE,
    "gradient_codes": WIDE_GRADIENT,
    "gradient_objectness": WIDE_GRADIENT,
    "gradient_class_logits": WIDE_GRADIENT,
}


def cases() -> list[Case]:
    """Gives the cases of the section."""
    return [
        _plain(),
        _empty_image(),
        _smoothed(),
        _focal(),
        _one_class(),
        _ratio_of_four(),
        _exact_centre(repeats=False),
        _exact_centre(repeats=True),
        _edges(),
        _duplicates("largest"),
        _duplicates("last"),
        *_gains(),
    ]


def _case(name: str, words: tuple[str, str], boxes: Boxes, seed: int, classes: int = CLASSES, **chosen: Any) -> Case:
    targets = labelled(boxes, seed, classes)
    rules = Rules(**chosen)
    rows = yolov5_priors(CANVAS, rules.strides, ANCHORS)
    pairs = assign(targets, CANVAS, ANCHORS, rules)
    shape = (len(boxes), len(rows))
    codes, objectness = drawn(seed, (*shape, 4), -2, 2), drawn(seed + 1, shape, -5, 1)
    class_logits = drawn(seed + 2, (*shape, classes), -4, 2)
    found = losses(codes, objectness, class_logits, rows, targets, pairs, rules)
    priors = np.array(rows, dtype=np.float32)
    inputs: dict[str, Array] = {
        "codes": codes,
        "objectness": objectness,
        "class_logits": class_logits,
        "priors": priors[:, :4],
        "prior_strides": priors[:, 4],
        **target_arrays(targets),
    }
    keys = ("threshold", "label_smoothing", "focal_gamma", "duplicates", "repeats", "box_gain", "objectness_gain")
    parameters: dict[str, Any] = {key: getattr(rules, key) for key in (*keys, "class_gain")}
    parameters |= {"canvas": list(CANVAS), "strides": list(rules.strides)}
    parameters["anchors"] = [[list(sides) for sides in level] for level in ANCHORS]
    listed = sorted((image, prior, target) for image, _, prior, target in pairs)
    expected = {"pairs": whole(listed).reshape(-1, 3)}
    expected |= outcome_arrays(found)
    return Case("yolov5", name, "yolov5", ABOUT + words[0], SOURCE, words[1], inputs, parameters, expected, TOLERANCE)


def _plain() -> Case:
    mistake = (
        "Fewer pairs: no neighbours. Box loss a third: divided by the number of levels. Objectness far off: mean over "
        "pairs, or IoU as label, not CIoU. All off by the number of images: not multiplied by it."
    )
    return _case("plain", ("Two images.", mistake), PLAIN, 601)


def _empty_image() -> Case:
    words = ("The first image has no object, it only costs objectness.", "NaN: a level without pairs has no mean.")
    return _case("empty_image", words, [[], PLAIN[0]], 607)


def _smoothed() -> Case:
    words = (
        "Labels are 1 − e/2 and e/2, e = 0.1.",
        "Class loss off a little: e divided by the number of classes.",
    )
    return _case("label_smoothing", words, PLAIN[:1], 613, label_smoothing=0.1)


def _focal() -> Case:
    words = (
        "Objectness and class BCE times α or 1 − α (α = ¼) times (1 − p_t)^1.5, with soft labels.",
        "Objectness off where labels are soft: p_t taken for a label of 0 or 1.",
    )
    return _case("focal", words, PLAIN[:1], 617, focal_gamma=1.5)


def _one_class() -> Case:
    words = ("For a single class there is no class loss.", "A class loss over 0: it was not left out.")
    return _case("one_class", words, PLAIN[:1], 619, classes=1)


def _ratio_of_four() -> Case:
    words = (
        "The width is exactly four times that of an anchor, which therefore does not fit.",
        "More pairs: ≤ in place of <. Fewer: only one of w/w′ and w′/w, or squares, are compared.",
    )
    return _case("ratio_of_four", words, [[[35, 18, 59, 26], [8.5, 8.5, 12.5, 11.5]]], 631)


def _exact_centre(*, repeats: bool) -> Case:
    counts = "twice, as published code counts it" if repeats else "once"
    words = (
        f"A centre on the border of two cells: the step to the right ends in its own cell; this pair counts {counts}.",
        "Other losses, equal pairs: the other way of counting. A pair missing: the left neighbour answers too.",
    )
    name = "centre_on_a_border_twice" if repeats else "centre_on_a_border_once"
    return _case(name, words, [[[22, 22, 42, 42]]], 641, repeats=repeats)


def _edges() -> Case:
    words = (
        "Centres in the first and last cell have no neighbour beyond the canvas; one in the middle of a cell has none.",
        "Pairs at a prior of −1, or at the far side of the canvas: neighbours are not kept inside.",
    )
    return _case("centres_at_the_edge", words, [[[0, 0, 7, 6], [88, 57, 96, 64], [14, 14, 26, 26]]], 643)


def _duplicates(duplicates: str) -> Case:
    order = " Pairs go by step, anchor and target: what published code does on a CPU." if duplicates == "last" else ""
    words = (
        f"Several targets share priors. All pairs count in box and class; the objectness label is the {duplicates} "
        f"one.{order}",
        "Objectness off, the rest right: the other choice. Box off: only one pair per prior is kept.",
    )
    boxes = [[[7, 5, 29, 26], [8, 6, 28, 25], [7, 4, 30, 28], [40, 18, 83, 57], [41, 17, 82, 58]]]
    return _case(f"shared_priors_{duplicates}", words, boxes, 647, duplicates=duplicates)


def _gains() -> list[Case]:
    found = []
    for levels, classes, canvas in ((3, 80, (640, 640)), (3, 4, (320, 512)), (4, 20, (1280, 1280))):
        words = (
            "Box 0.05 · 3 / levels, class 0.5 · classes / 80 · 3 / levels, objectness 3 / levels · area / 640².",
            SOURCE,
            "Objectness off by a square root: side / 640 in place of area. Class off: not scaled with the classes.",
        )
        parameters = {"levels": levels, "classes": classes, "canvas": list(canvas)}
        expected = {"gains": written(scaled_gains(levels, classes, canvas))}
        name = f"gains_{levels}_levels_{classes}_classes"
        found.append(Case("yolov5", name, "yolov5_gains", *words, {}, parameters, expected, {"gains": GIVEN}))
    return found
