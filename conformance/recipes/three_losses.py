"""Class, box and centreness loss over one kind of assignment: what the cases of FCOS and of ATSS have alike."""

from collections.abc import Callable, Sequence

import numpy as np

from conformance.case import EXACT, Array, Tolerance
from conformance.recipes.choices import ties_between
from conformance.recipes.drawing import WIDE, WIDE_GRADIENT, drawn, outcome_arrays, whole
from conformance.reference.chain_rule import value_of
from conformance.reference.fcos import Decode, losses
from conformance.reference.targets import Targets

CLASSES = 2
LOSSES = (
    "Class: focal loss (α ¼, γ 2). Box: 1 − GIoU of the decoded box. Centreness: BCE against √(min(l, r) / max(l, r) · "
    "min(t, b) / max(t, b)), the distances of the {place} from the sides of the object. Each is summed and divided by "
    "max(1, pairs) of the batch. "
)
# Implementations keep divisors of the GIoU from 0 with an ε of 1e-7, some in pixels and some in strides; the definition
# has none. For the smallest object of the cases that moves the sixth digit of a gradient.
BOX: Tolerance = {**WIDE, "float64": {"absolute": 1e-6, "relative": 1e-6}}
BOX_GRADIENT: Tolerance = {**WIDE_GRADIENT, "float64": {"of_largest": 1e-5, "absolute": 1e-9}}
TOLERANCE: dict[str, Tolerance] = {
    "matched": EXACT,
    "loss_class": WIDE,
    "loss_box": BOX,
    "loss_centreness": WIDE,
    "gradient_class_logits": WIDE_GRADIENT,
    "gradient_codes": BOX_GRADIENT,
    "gradient_centreness_logits": WIDE_GRADIENT,
}


def predictions_of(name: str, shape: tuple[int, int], codes: tuple[float, float]) -> dict[str, Array]:
    """Draws what a head predicts.

    Args:
        name: Of the case, whose letters are the seed.
        shape: Images and places.
        codes: Least and largest code.
    """
    seed = sum(name.encode())
    return {
        "class_logits": drawn(seed, (*shape, CLASSES), -4, 1),
        "codes": drawn(seed + 1, (*shape, 4), *codes),
        "centreness_logits": drawn(seed + 2, shape, -2, 2),
    }


def outputs_of(
    arrays: dict[str, Array], points: Array, targets: Targets, readings: Sequence[Array], decode: Decode
) -> tuple[dict[str, Array], dict[str, Array]]:
    """Gives the expected outputs, and where they are not the same in every reading of the definition.

    Args:
        arrays: What `predictions_of` gave.
        points: Where centreness is measured, (place, 2).
        targets: The objects.
        readings: Assignments; the first one is expected.
        decode: Reads a code.
    """
    _check_kinks(arrays["codes"], targets, readings[0], decode)
    found = []
    for matched in [readings[0], *(other for other in readings[1:] if (other != readings[0]).any())]:
        outcome = losses(**arrays, points=points, targets=targets, matched=matched, decode=decode)
        found.append({"matched": whole(matched), **outcome_arrays(outcome)})
    return found[0], ties_between(found[0], found[1:])


def _check_kinks(codes: Array, targets: Targets, matched: Array, decode: Decode) -> None:
    """Refuses a predicted side that lies on the true one, where the overlap has no slope."""
    for image, place in np.argwhere(matched >= 0).tolist():
        box = targets.boxes[matched[image, place]]
        sides = [value_of(side) for side in decode(codes[image, place].tolist(), place)]
        if min(abs(side - truth) for side, truth in zip(sides, box, strict=True)) < 1e-3:
            raise ValueError(f"a predicted side lies on the true one, at image {image}, place {place}")


def check_margins(assign: Callable[[Targets], Array], targets: Targets, name: str) -> None:
    """Refuses boxes whose assignment a shift in the fifth digit would change.

    Args:
        assign: Of boxes like these.
        targets: The objects.
        name: Of the case.
    """
    wanted = assign(targets)
    for seed in range(3):
        draw = drawn(seed, (len(targets.boxes), 4), -1e-4, 1e-4, 1e-6).astype(np.float64)
        moved = (np.asarray(targets.boxes).reshape(-1, 4) + draw).tolist()
        if (assign(Targets(moved, targets.labels, targets.images, targets.batch)) != wanted).any():
            raise ValueError(f"{name}: rounding could change the assignment")
