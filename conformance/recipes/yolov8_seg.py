"""Cases of the mask loss of YOLOv8-seg."""

import numpy as np

from conformance.case import EXACT, Array, Case, Tolerance
from conformance.recipes.drawing import WIDE, WIDE_GRADIENT, drawn, outcome_arrays, whole
from conformance.recipes.yolov8 import CANVAS, PLAIN, Boxes, check_margins, inputs_of, open_places, parameters_of, scene
from conformance.reference.task_aligned import Rules, assign, sigmoids
from conformance.reference.yolov8 import decode
from conformance.reference.yolov8_seg import losses, painted

PROTOTYPES, SIDE = 4, 16
NESTED = [[24.5, 20.25, 46, 45.5], [6.5, 9.25, 58, 57.5], [10.5, 30, 40.25, 60.5]]
SOURCE = "Bolya et al. 2019, sections 3.1 and 3.2; releases 8.0.30 to 8.4.190, measured"
WHERE = {
    "early": "at the prototypes, the mask reduced to its nearest pixels. The mean over the pairs of each image, then "
    "over "
    "images",
    "mid": "at the prototypes, the mask reduced to its nearest pixels. The mean over the pairs of the batch",
    "8.4.0": "at the mask, the logits enlarged bilinearly. The mean over the pairs of the batch",
    "current": "at the mask, the logits enlarged bilinearly. The mean over the pairs of the batch",
}
TOLERANCE: dict[str, Tolerance] = {
    "matched": EXACT,
    "loss_mask": WIDE,
    "gradient_coefficients": WIDE_GRADIENT,
    "gradient_prototypes": WIDE_GRADIENT,
}


def cases() -> list[Case]:
    """Gives the cases of the section."""
    plain = (
        "Masks are as large as the prototypes, so all dialects meet at the same pixels.",
        "Off by a few per cent: edges of the box rounded, or half a pixel added. Far off: the mean over the whole "
        "mask, or "
        "pairs weighted by quality.",
    )
    uneven = (
        "The images have different numbers of pairs.",
        "Off a little: the mean over pairs and images in the other order.",
    )
    larger = (
        "Masks are twice as large as the prototypes.",
        "Off by a few per cent: the other place of meeting, or enlarged with aligned corners.",
    )
    overlapping = (
        "Masks overlap, and one index map per image holds them: a shared pixel belongs to the smallest object.",
        "Off for overlapping objects: painted in another order, or the masks no longer belong to their boxes because "
        "they were sorted by size and the boxes were not.",
    )
    return [
        _case("plain", plain, PLAIN, 811, SIDE, "current"),
        *[_case(f"uneven_images_{dialect}", uneven, PLAIN, 821, SIDE, dialect) for dialect in ("early", "mid")],
        *[
            _case(f"larger_masks_{dialect}", larger, PLAIN[:1], 823, 2 * SIDE, dialect)
            for dialect in ("mid", "current")
        ],
        _case("index_map", overlapping, [NESTED], 827, SIDE, "current", overlap_map=True),
        _case(
            "separate_masks",
            ("Masks overlap, and each object keeps its pixels.", overlapping[1]),
            [NESTED],
            827,
            SIDE,
            "current",
        ),
    ]


def _ellipse(box: list[float], side: int) -> Array:
    """Draws an ellipse that fills most of the box."""
    scale = side / CANVAS[0]
    x, y = (box[0] + box[2]) / 2 * scale, (box[1] + box[3]) / 2 * scale
    a, b = (box[2] - box[0]) / 2 * scale, (box[3] - box[1]) / 2 * scale
    rows, columns = np.mgrid[:side, :side] + 0.5
    inside: Array = ((columns - x) / a) ** 2 + ((rows - y) / b) ** 2 <= 1.1
    return inside


def _case(
    name: str, words: tuple[str, str], boxes: Boxes, seed: int, side: int, dialect: str, *, overlap_map: bool = False
) -> Case:
    made = scene(boxes, seed)
    targets, points, box_logits, class_logits = made
    places, strides, rules = points[:, :2], points[:, 2], Rules(dialect)
    predicted, scores = decode(box_logits, places, strides), sigmoids(class_logits)
    matched, _ = assign(scores, predicted, places, targets, rules)
    check_margins(scores, predicted, places, targets, rules, name)
    if open_places(scores, predicted, places, targets, rules).any():
        raise ValueError(f"{name}: a point of alignment 0 may be a pair, and every pair counts in the mask loss")
    coefficients = drawn(seed + 2, (*matched.shape, PROTOTYPES), -2, 2)
    prototypes = drawn(seed + 3, (len(boxes), PROTOTYPES, SIDE, SIDE), -1, 2)
    masks = np.array([_ellipse([float(value) for value in box], side) for box in targets.boxes])
    seen = painted(masks, targets.images) if overlap_map else masks
    found = losses(coefficients, prototypes, seen, CANVAS, targets, matched, dialect)
    inputs = {**inputs_of(made), "coefficients": coefficients, "prototypes": prototypes, "masks": masks}
    expected = {
        "matched": whole(matched),
        **outcome_arrays(found),
    }
    about = (
        "Pairs as in YOLOv8. Mask logits are coefficients times prototypes. For each pair the sum of BCE over the "
        "pixels "
        "inside the target's box (x1 ≤ column < x2, in mask pixels), over the area of that box; pairs are not "
        "weighted. "
        f"Predicted and true pixels meet {WHERE[dialect]}, times 7.5 and the images. {words[0]}"
    )
    parameters = {**parameters_of(dialect), "overlap_map": overlap_map}
    return Case("yolov8_seg", name, "yolov8_seg", about, SOURCE, words[1], inputs, parameters, expected, TOLERANCE)
