"""Cases of losses of one number, or of one softmax."""

from collections.abc import Callable
from typing import Any

import numpy as np

from conformance.case import Array, Case, Tolerance
from conformance.recipes.drawing import GRADIENT, SMOOTH, drawn, gradient, whole, written
from conformance.reference.elementwise import bce, cross_entropy, dfl, focal, smooth_l1

Row = tuple[str, str, str]
# Written-out tails are far below the resolution of float16.
NARROW: tuple[Tolerance, Tolerance] = (
    {precision: SMOOTH[precision] for precision in ("float32", "float64")},
    {precision: GRADIENT[precision] for precision in ("float32", "float64")},
)


def cases() -> list[Case]:
    """Gives the cases of the section."""
    return [_bce("ordinary"), _bce("extreme"), *_focal(), *_smooth(), _softmax(), _dfl()]


def _case(
    name: str, function: str, words: Row, inputs: dict[str, Array], parameters: dict[str, Any], found: list[Any]
) -> Case:
    values, slopes = [value for value, _ in found], [slope for _, slope in found]
    shape = next(iter(inputs.values())).shape
    value = written(values).reshape(shape if len(values) == np.prod(shape) else (len(values),))
    expected = {"value": value, "gradient": gradient(slopes).reshape(shape)}
    tolerance = dict(zip(("value", "gradient"), NARROW, strict=True))
    return Case("losses", name, function, *words, inputs, parameters, expected, tolerance)


def _each(function: Callable[[float, float], tuple[float, float]], logits: Array, labels: Array) -> list[Any]:
    return [function(x, y) for x, y in zip(logits.ravel().tolist(), labels.ravel().tolist(), strict=True)]


def _bce(name: str) -> Case:
    logits = drawn(101, (6, 4), -6, 6) if name == "ordinary" else np.array([[-90, 90, -40, 40]], dtype=np.float32)
    labels = drawn(103, (6, 4), 0, 1) if name == "ordinary" else np.array([[1, 0, 0, 1]], dtype=np.float32)
    mistakes = {
        "ordinary": "Right for labels 0 and 1 only: soft labels are rounded or thresholded.",
        "extreme": "inf or NaN: ln σ(x) computed from σ(x), which is 0 or 1 here. 27.6 in place of 90: σ clamped to "
        "1e-12.",
    }
    words = (
        "Element by element −y ln σ(x) − (1 − y) ln(1 − σ(x)), for labels from 0 to 1.",
        "Bernoulli",
        mistakes[name],
    )
    return _case(f"bce_{name}", "bce", words, {"logits": logits, "labels": labels}, {}, _each(bce, logits, labels))


def _focal() -> list[Case]:
    logits = drawn(107, (8, 4), -5, 5)
    labels = (drawn(109, (8, 4), 0, 1) > 0.7).astype(np.float32)
    found = []
    for name, alpha, gamma in (("default", 0.25, 2.0), ("other", 0.6, 1.5)):
        words = (
            "Element by element α_t (1 − p_t)^γ BCE: p_t is σ(x) where the label is 1, else 1 − σ(x); α_t is α or 1 − "
            "α.",
            "Lin et al. 2017, eq. 5",
            "Positives three times too large, negatives a third: α and 1 − α swapped. Values right, gradients not: the "
            "factor (1 − p_t)^γ was taken for a constant.",
        )
        values = [
            focal(x, y, alpha, gamma) for x, y in zip(logits.ravel().tolist(), labels.ravel().tolist(), strict=True)
        ]
        parameters = {"alpha": alpha, "gamma": gamma}
        found.append(_case(f"focal_{name}", "focal", words, {"logits": logits, "labels": labels}, parameters, values))
    return found


def _smooth() -> list[Case]:
    predicted, truth = drawn(113, (6, 4), -2, 2), drawn(127, (6, 4), -2, 2)
    found = []
    for name, beta in (("one", 1.0), ("ninth", 1 / 9)):
        words = (
            "Element by element d²/2β where |d| < β, else |d| − β/2, d = predicted − truth.",
            "Girshick 2015, eq. 3; β is 1 for SSD and 1/9 for older RetinaNets",
            "Off by a factor of β in the middle: d²/2 for every β (Huber's loss is β times this one).",
        )
        differences = (predicted - truth).ravel().tolist()
        values = [smooth_l1(difference, beta) for difference in differences]
        inputs = {"predicted": predicted, "truth": truth}
        found.append(_case(f"smooth_l1_{name}", "smooth_l1", words, inputs, {"beta": beta}, values))
    return found


def _softmax() -> Case:
    logits, labels = drawn(131, (9, 5), -4, 4), np.arange(9) % 5
    values = [cross_entropy(row, int(label)) for row, label in zip(logits.tolist(), labels, strict=True)]
    words = (
        "Row by row −ln softmax(logits) at the label; gradients are those of the sum.",
        "Bishop 2006, eq. 4.108",
        "Values of a few hundredths of what they should be, or rows that influence each other: softmax over the wrong "
        "axis.",
    )
    return _case(
        "softmax_cross_entropy", "softmax_cross_entropy", words, {"logits": logits, "labels": whole(labels)}, {}, values
    )


def _dfl() -> Case:
    logits = drawn(137, (12, 16), -3, 3)
    distances = np.array([0, 0.25, 1, 3.5, 7.75, 14.5, 14.9375, 6, 2.125, 9.5, 11.0625, 13], dtype=np.float32)
    values = [dfl(row, distance) for row, distance in zip(logits.tolist(), distances.tolist(), strict=True)]
    words = (
        "One side per row: (r − d) CE(l) + (d − l) CE(r), with l ≤ d < r = l + 1 the two bins around the distance.",
        "Li et al. 2020, eq. 6",
        "Whole distances right, others not: the two weights are swapped. NaN or an index error at 14.9: the right bin "
        "is "
        "beyond the last one.",
    )
    return _case("dfl", "dfl", words, {"logits": logits, "distances": distances}, {}, values)
