"""Cases of YOLOv8, in the dialects of its releases."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from conformance.case import EXACT, Array, Case, Tolerance
from conformance.recipes.drawing import (
    WIDE,
    WIDE_GRADIENT,
    drawn,
    labelled,
    outcome_arrays,
    target_arrays,
    whole,
    written,
)
from conformance.reference.priors import cell_points
from conformance.reference.targets import Targets
from conformance.reference.task_aligned import DIALECTS, Rules, assign, candidates_of, sigmoids
from conformance.reference.yolov8 import decode, losses

CANVAS, STRIDES, CLASSES, BINS = (64, 64), (8, 16, 32), 2, 8
SOURCE = "Feng et al. 2021, section 3.2; Li et al. 2020; Zheng et al. 2020; releases 8.0.30 to 8.4.190, measured"
ABOUT = (
    "Candidates: points strictly inside. Alignment = score^0.5 · CIoU^6, CIoU not below 0. Each target takes the 10 "
    "points "
    "of largest alignment over 0; a contested one goes to the largest CIoU{contested}. Quality = alignment · (the "
    "target's largest CIoU) / (its largest alignment + 1e-9), over its pairs. N = max(Σ quality, 1). Box: 7.5 Σ "
    "quality (1 − CIoU) "
    "/ N, in strides. Class: 0.5 Σ BCE / N, quality being the label. DFL: 1.5 Σ quality · mean over sides / N. All "
    "times the "
    "images. "
)
CONTESTED = {
    "early": " among all targets of the image",
    "mid": " among the targets that have it as a candidate",
    "8.4.0": " among the targets that have it as a candidate",
    "current": " among the targets that have it as a candidate",
}
SMALL = {
    "early": "A small box is taken as it is.",
    "mid": "A small box is taken as it is: between points it has no candidate.",
    "8.4.0": "For candidates a side under 8 px counts as 16 px.",
    "current": "For candidates a side under 16 px counts as 16 px.",
}
Boxes = Sequence[Sequence[Sequence[float]]]
PLAIN = [[[6.5, 9.25, 41, 47.5], [30.25, 20.5, 62.75, 60]], [[12.5, 3.25, 59, 33.5]]]
TOLERANCE: dict[str, Tolerance] = {
    "matched": EXACT,
    "quality": {"float32": {"absolute": 1e-6, "relative": 1e-4}, "float64": {"absolute": 1e-6, "relative": 1e-4}},
    "loss_box": WIDE,
    "loss_class": WIDE,
    "loss_dfl": WIDE,
    "gradient_box_logits": WIDE_GRADIENT,
    "gradient_class_logits": WIDE_GRADIENT,
}


def cases() -> list[Case]:
    """Gives the cases of the section."""
    return [
        _plain(),
        *[_small(dialect) for dialect in DIALECTS],
        *[_third_object(dialect) for dialect in ("early", "mid", "current")],
        _crowd(),
        _duplicates(),
        _points_on_edges(),
        _beyond_the_bins(),
        _little_quality(),
        _empty_image(),
        _nothing_at_all(),
    ]


def scene(boxes: Boxes, seed: int, bins: int = BINS) -> tuple[Targets, Array, Array, Array]:
    """Gives targets, points with strides, box logits that roughly say the targets, and class logits.

    Args:
        boxes: Of each image.
        seed: Of the generator.
        bins: Per side.
    """
    targets = labelled(boxes, seed, CLASSES)
    points = np.array(cell_points(CANVAS, STRIDES), dtype=np.float64)
    shape = (len(boxes), len(points))
    box_logits, class_logits = drawn(seed, (*shape, 4 * bins), -1, 1), drawn(seed + 1, (*shape, CLASSES), -4, 1)
    for image, own in enumerate(boxes):
        for place, (x, y, stride) in enumerate(points.tolist()):
            inside = [box for box in own if box[0] < x < box[2] and box[1] < y < box[3]]
            if inside:
                box = inside[place % len(inside)]
                sides = [x - box[0], y - box[1], box[2] - x, box[3] - y]
                for side, distance in enumerate(sides):
                    nearest = min(max(round(distance / stride), 0), bins - 1)
                    box_logits[image, place, side * bins + nearest] += 4
    return targets, points, box_logits, class_logits


def _case(
    name: str, words: tuple[str, str], made: tuple[Targets, Array, Array, Array], dialect: str = "current"
) -> Case:
    targets, points, box_logits, class_logits = made
    rules = Rules(dialect)
    places, strides = points[:, :2], points[:, 2]
    boxes, scores = decode(box_logits, places, strides), sigmoids(class_logits)
    assigned = assign(scores, boxes, places, targets, rules)
    check_margins(scores, boxes, places, targets, rules, name)
    found = losses(box_logits, class_logits, places, strides, targets, assigned)
    expected = {"matched": whole(assigned[0]), "quality": written(assigned[1])}
    expected |= outcome_arrays(found)
    about = ABOUT.format(contested=CONTESTED[dialect]) + words[0]
    inputs = inputs_of(made)
    parameters = parameters_of(dialect)
    tie = open_places(scores, boxes, places, targets, rules)
    ties = {"matched": tie} if tie.any() else {}
    return Case("yolov8", name, "yolov8", about, SOURCE, words[1], inputs, parameters, expected, TOLERANCE, ties)


def inputs_of(made: tuple[Targets, Array, Array, Array]) -> dict[str, Array]:
    """Gives the arrays that a function is called with.

    Args:
        made: What `scene` gave.
    """
    targets, points, box_logits, class_logits = made
    return {
        "box_logits": box_logits,
        "class_logits": class_logits,
        "points": points[:, :2].astype(np.float32),
        "point_strides": points[:, 2].astype(np.float32),
        **target_arrays(targets),
    }


def check_margins(scores: Array, boxes: Array, points: Array, targets: Targets, rules: Rules, name: str) -> None:
    """Refuses inputs whose assignment a change in the fifth digit of the predictions would change.

    Args:
        scores: Sigmoids.
        boxes: Predicted ones, in pixels.
        points: In pixels.
        targets: The objects.
        rules: Of the dialect.
        name: Of the case.
    """
    wanted = assign(scores, boxes, points, targets, rules)[0]
    for seed in range(3):
        wobble = drawn(seed, (*boxes.shape[:2], 1), 1 - 2e-5, 1 + 2e-5, 1e-7).astype(np.float64)
        shift = drawn(seed + 50, boxes.shape, -1e-4, 1e-4, 1e-6).astype(np.float64)
        if (assign(scores * wobble, boxes + shift, points, targets, rules)[0] != wanted).any():
            raise ValueError(f"{name}: rounding could change the assignment")


def open_places(scores: Array, boxes: Array, points: Array, targets: Targets, rules: Rules) -> Array:
    """Marks points of alignment 0 inside a target that has fewer than ten others: published code may take them.

    Their quality is 0, so that no loss changes. Two targets that both may take a point are refused.

    Args:
        scores: Sigmoids.
        boxes: Predicted ones, in pixels.
        points: In pixels.
        targets: The objects.
        rules: Of the dialect.
    """
    counts = np.zeros(scores.shape[:2], dtype=np.int64)
    for image in range(targets.batch):
        own = targets.of_image(image)
        if not own:
            continue
        own_boxes, labels = [targets.boxes[target] for target in own], [targets.labels[target] for target in own]
        found = candidates_of(scores[image], boxes[image], points, own_boxes, labels, rules)
        aligned = (found.alignment > 0) & found.inside
        is_short = aligned.sum(axis=1, keepdims=True) < rules.topk
        counts[image] = (found.inside & ~aligned & is_short).sum(axis=0)
    if (counts > 1).any():
        raise ValueError("two targets may take a point of alignment 0, and a third may win it from them")
    is_open: Array = counts == 1
    return is_open


def _plain() -> Case:
    mistake = (
        "Quality right, losses off by the number of images: not multiplied by it. Too few pairs: the top 10 taken per "
        "level, or "
        "of all points before those outside are struck out. Box off: not weighted by quality. DFL four times too "
        "large: the sum over sides."
    )
    return _case("plain", ("Two images.", mistake), scene(PLAIN, 701))


def _small(dialect: str) -> Case:
    words = (
        f"{SMALL[dialect]} There are boxes of 5, 7, 9 and 15 px.",
        "Other points for the small ones: another dialect. Box and DFL off too: the enlarged box was learned, too.",
    )
    boxes: Boxes = [[[9.5, 9.25, 14.5, 14.25], [29, 9.5, 36, 40.5], [45.5, 45.25, 54.5, 54.25], [3, 41, 18, 56]]]
    return _case(f"small_targets_{dialect.replace('.', '_')}", words, scene(boxes, 709), dialect)


def _third_object(dialect: str) -> Case:
    words = (
        "Where two small targets contest a point, its prediction overlaps a third one most, which does not contain it.",
        "Another target there: the dialect's set of rivals. Early releases let any target of the image win.",
    )
    boxes = [[[4.25, 2.75, 51.5, 51], [4.5, 5, 52, 52.25], [12.5, 3.5, 52.5, 51.75]]]
    made = scene(boxes, 719)
    targets, points, box_logits, class_logits = made
    for place, (x, y, stride) in enumerate(points.tolist()):
        if 4.5 < x < 12.5 and stride < 32:  # these predict the third target, outside which they stand
            class_logits[0, place] = 3
            box = targets.boxes[2]
            for side, distance in enumerate([x - box[0], y - box[1], box[2] - x, box[3] - y]):
                nearest = min(max(round(distance / stride), 0), BINS - 1)
                box_logits[0, place, side * BINS : (side + 1) * BINS] = drawn(place + side, (BINS,), -1, 0)
                box_logits[0, place, side * BINS + nearest] += 5
    return _case(f"third_target_{dialect}", words, made, dialect)


def _crowd() -> Case:
    words = (
        "Six targets over one another: most points are contested. A target that did not choose a point may win it.",
        "Another target at a few points: only those that chose the point were compared.",
    )
    boxes = [[[2 + 5 * k + 0.25, 4 + 3 * k, 30 + 5 * k, 38.5 + 4 * k - 0.25] for k in range(6)]]
    return _case("crowd", words, scene(boxes, 727))


def _duplicates() -> Case:
    words = (
        "The same box twice, with two classes: overlaps are equal, and the one listed first wins every contested "
        "point.",
        "The second one has points: the last of equal ones wins, or alignment decides.",
    )
    made = scene([[[6.5, 9.25, 51, 47.5], [6.5, 9.25, 51, 47.5]]], 733)
    return _case("same_box_twice", words, made)


def _points_on_edges() -> Case:
    words = (
        "Edges run exactly through points: these are not inside.",
        "Pairs at points on the edge: ≥ in place of >. Half a cell missing in the points shows here as well.",
    )
    return _case("points_on_edges", words, scene([[[12, 12, 44, 36], [20, 28, 60, 60]]], 739))


def _beyond_the_bins() -> Case:
    words = (
        "The targets reach farther than the last of 4 bins from most points: distances are clamped to 2.99 for the "
        "DFL.",
        "An index error or NaN: clamped to 3 or not at all. Pairs missing: such points were struck out.",
    )
    return _case("beyond_the_bins", words, scene([[[1.5, 2.25, 62.5, 61], [20.5, 3, 60.25, 50]]], 743, bins=4))


def _little_quality() -> Case:
    words = (
        "One small target, whose qualities sum to less than 1: N is 1.",
        "Losses too large: divided by Σ quality without the 1.",
    )
    return _case("little_quality", words, scene([[[9.5, 9.25, 15, 15.5]]], 769, bins=4), "mid")


def _empty_image() -> Case:
    words = (
        "The first of two images has no object; all its points are background, and the batch counts two images.",
        "NaN, or a loss off by a factor of 2: the empty image was left out.",
    )
    return _case("empty_image", words, scene([[], PLAIN[0]], 751))


def _nothing_at_all() -> Case:
    words = (
        "No object: N = 1, box and DFL are 0 with gradients of 0, and every point is charged as background.",
        "NaN: divided by Σ quality = 0.",
    )
    return _case("nothing_at_all", words, scene([[]], 757))


def parameters_of(dialect: str) -> dict[str, Any]:
    """Gives the plain values that every function of the family is called with.

    Args:
        dialect: Of the release.
    """
    return {"dialect": dialect, "canvas": list(CANVAS), "strides": list(STRIDES)}
