"""Cases of RetinaNet, in the conventions of MMDetection and of torchvision."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from conformance.case import EXACT, Array, Case, Tolerance
from conformance.recipes.drawing import WIDE, WIDE_GRADIENT, drawn, labelled, outcome_arrays, target_arrays, whole
from conformance.reference.matching import overlaps_with
from conformance.reference.priors import retinanet_anchors
from conformance.reference.retinanet import Rules, assign, losses
from conformance.reference.targets import Targets

CANVAS, STRIDES, CLASSES = (64, 64), (16, 32, 64), 2
SOURCE = "Lin et al. 2017, section 4; MMDetection 3.3 and torchvision 0.29, measured"
ABOUT = {
    "mmdetection": "IoU ≥ 0.5 makes a pair, < 0.4 background (−1), between them ignored (−2); then each target in "
    "order "
    "takes all anchors of exactly its best IoU, the last one wins. Focal loss (α ¼, γ 2) and L1 of codes, summed, over "
    "Σ over images of max(1, positives), plus 1.19e-7.",
    "torchvision": "IoU ≥ 0.5 makes a pair, < 0.4 background (−1), between them ignored (−2); anchors that are the "
    "best of "
    "a target are positive for the target that *they* overlap most. Focal loss (α ¼, γ 2) and L1 of codes, summed, "
    "each "
    "image over its own max(1, positives), then the mean over images.",
}
PLAIN = [[[5, 3, 47, 41], [20, 22, 62, 60]], [[8, 12, 60, 58]]]
Boxes = Sequence[Sequence[Sequence[float]]]
TOLERANCE: dict[str, Tolerance] = {
    "matched": EXACT,
    "loss_class": WIDE,
    "loss_box": WIDE,
    "gradient_class_logits": WIDE_GRADIENT,
    "gradient_codes": WIDE_GRADIENT,
}


def cases() -> list[Case]:
    """Gives the cases of the section."""
    found = []
    for convention in ("mmdetection", "torchvision"):
        found += [
            _plain(convention),
            _empty(convention),
            _shared(convention),
            _thresholds(convention),
            _smooth(convention),
            _decoded(convention),
            _apart(convention),
        ]
    return [*found, _regions()]


def _case(
    convention: str, name: str, words: tuple[str, str], boxes: Boxes, seed: int, regions: Boxes = (), **chosen: Any
) -> Case:
    targets = labelled(boxes, seed, CLASSES)
    anchors = np.array(retinanet_anchors(CANVAS, convention, STRIDES), dtype=np.float32)
    rows = anchors.astype(np.float64).tolist()
    rules = Rules(convention, ignore_share=0.5 if regions else None, **chosen)
    matched = assign(rows, targets, rules, None, regions)
    _check(rows, targets, rules, regions, matched, name)
    class_logits = drawn(seed, (len(boxes), len(rows), CLASSES), -4, 2)
    codes = drawn(seed + 1, (len(boxes), len(rows), 4), -1, 1)
    if rules.box_loss == "giou":
        codes[:, ::3, 2:] *= 16  # beyond the clamp of decoding
    found = losses(class_logits, codes, rows, targets, matched, rules)
    inputs: dict[str, Array] = {
        "class_logits": class_logits,
        "codes": codes,
        "anchors": anchors,
        **target_arrays(targets),
        "ignore_boxes": np.array([box for image in regions for box in image], dtype=np.float32).reshape(-1, 4),
        "ignore_images": whole([number for number, image in enumerate(regions) for _ in image]),
    }
    parameters = {
        "convention": convention,
        "canvas": list(CANVAS),
        "strides": list(STRIDES),
        "box_loss": rules.box_loss,
        "beta": rules.beta,
        "stds": list(rules.stds),
    }
    expected = {
        "matched": whole(matched),
        **outcome_arrays(found),
    }
    about = f"{ABOUT[convention]} {words[0]}"
    return Case(
        "retinanet",
        f"{convention}_{name}",
        "retinanet",
        about,
        SOURCE,
        words[1],
        inputs,
        parameters,
        expected,
        TOLERANCE,
    )


def _check(
    anchors: list[list[float]], targets: Targets, rules: Rules, regions: Boxes, matched: Array, name: str
) -> None:
    """Refuses inputs whose assignment rounding could change."""
    for nudge in (-1e-5, 1e-5):
        chosen = {key: getattr(rules, key) for key in rules.__dataclass_fields__}
        chosen |= {"positive": rules.positive + nudge, "negative": rules.negative + nudge}
        chosen |= {"ignore_share": rules.ignore_share + nudge if rules.ignore_share else None}
        if "threshold" not in name and (assign(anchors, targets, Rules(**chosen), None, regions) != matched).any():
            raise ValueError(f"{name}: an overlap is near a threshold")
    for row in overlaps_with(targets.boxes, anchors):
        best = max(row)
        if any(0 < best - overlap < 1e-5 for overlap in row):
            raise ValueError(f"{name}: two anchors are nearly the best of a target")


def _plain(convention: str) -> Case:
    mistakes = {
        "mmdetection": "Losses off by a ratio of whole numbers: another divisor, per image or over Σ without the max.",
        "torchvision": "Losses off by a ratio of whole numbers: divided by the positives of the batch, not of the "
        "image.",
    }
    return _case(convention, "plain", ("Two images.", mistakes[convention]), PLAIN, 401)


def _empty(convention: str) -> Case:
    words = (
        "The second of two images has no object: its anchors are all background, and it counts as one positive in "
        "the divisor.",
        "NaN: 0/0 of that image. A smaller loss: the image was dropped. A larger one: max(1, Σ) in place of Σ max(1, "
        "·).",
    )
    return _case(convention, "empty_image", words, [PLAIN[0], []], 409)


def _shared(convention: str) -> Case:
    owner = (
        "the target listed last"
        if convention == "mmdetection"
        else "the one that it overlaps most, the other one loses it"
    )
    words = (
        f"Two targets share their best anchor, in one order and in the other. It goes to {owner}.",
        "Another target at one anchor: the other convention.",
    )
    pair = [[-12, 10, 76, 54], [-11, 11, 76, 53]]
    return _case(convention, "shared_best_anchor", words, [pair, pair[::-1]], 419)


def _thresholds(convention: str) -> Case:
    words = (
        "The target of the first image overlaps an anchor by exactly ½, that of the second one by exactly 0.4; neither "
        "is its best. At least ½ is a pair, and 0.4 is no background: ignored.",
        "The anchor of IoU ½ is no pair: > in place of ≥. That of IoU 0.4 is background: ≤ in place of <.",
    )
    return _case(convention, "threshold", words, [[[0, 16, 64, 144]], [[0, 16, 64, 176]]], 421)


def _smooth(convention: str) -> Case:
    words = (
        "Smooth L1 in place of L1; codes are divided by the standard deviations."
        if convention == "mmdetection"
        else "Smooth L1 (β = 1) in place of L1.",
        "The box loss off by a factor near β: Huber's loss. Off by factors of 5 and 10: deviations not divided by.",
    )
    chosen: dict[str, Any] = {"box_loss": "smooth_l1", "beta": 1.0}
    if convention == "mmdetection":
        chosen |= {"beta": 0.11, "stds": (0.1, 0.1, 0.2, 0.2)}
    return _case(convention, "smooth_l1", words, PLAIN[:1], 431, **chosen)


def _decoded(convention: str) -> Case:
    words = (
        "1 − GIoU of decoded boxes in place of L1; some log ratios of sides lie beyond the clamp.",
        "Values over 2: the overlap of codes, not of boxes. Infinite or other gradients where codes are large: no "
        "clamp, or "
        "the other convention's.",
    )
    return _case(convention, "giou", words, PLAIN[:1], 433, box_loss="giou")


def _apart(convention: str) -> Case:
    words = (
        "A target that overlaps no anchor at all has no pair, and changes nothing for the others.",
        "Hundreds of pairs: its best IoU is 0, and every anchor of IoU 0 was taken for its best one. Both published "
        "codes do this.",
    )
    return _case(convention, "target_without_overlap", words, [[PLAIN[1][0], [400, 400, 420, 430]]], 439)


def _regions() -> Case:
    words = (
        "Anchors of which more than half lies in one ignored region are ignored (−2), whatever they overlap.",
        "Positives inside the region: the rule comes first. Too many ignored: the share is of the region, or summed "
        "over regions.",
    )
    regions = [[[10, 6, 120, 100]], [[-44, -40, 12, 104], [30, -30, 90, 70]]]
    return _case("mmdetection", "ignored_regions", words, PLAIN, 443, regions)
