"""The plain reference of overlaps against recorded numbers."""

from collections.abc import Sequence

import numpy as np
import pytest

from conformance.reference.chain_rule import Number, Scalar, difference_quotients, gradient_of, value_of
from conformance.reference.coding import corners
from conformance.reference.overlaps import MEASURES
from tests.conformance.recorded import Arrays, close, load, names

GEOMETRY = names("geometry", "g0")
KINKS = {"identical", "touching", "degenerate", "huge", "tiny"}
each = pytest.mark.parametrize("name", GEOMETRY)
measures = pytest.mark.parametrize("measure", MEASURES)


def overlaps(arrays: Arrays, measure: str, style: str) -> tuple[np.ndarray, np.ndarray]:
    """Gives values, and slopes along the four numbers of each box of both kinds."""
    formula = MEASURES[measure]
    found = [
        gradient_of(lambda numbers: formula(numbers[:4], numbers[4:], style), [*one, *other])
        for one, other in zip(arrays["boxes_a"].tolist(), arrays["boxes_b"].tolist(), strict=True)
    ]
    return np.array([value for value, _ in found]), np.array([slopes for _, slopes in found])


@each
@measures
def test_overlaps(name: str, measure: str) -> None:
    """The kinks too: equal sides share the slope, as in the recorded code."""
    arrays, _ = load("geometry", name)
    values, slopes = overlaps(arrays, measure, "yolo")
    close(values, arrays[f"yolo.{measure}"], 1e-5, 1e-5)
    close(values, arrays[f"yolo_f64.{measure}"], 1e-9, 1e-9)
    close(slopes[:, :4], arrays[f"yolo_f64.{measure}.grad_a"], 1e-6, 1e-9)
    close(slopes[:, 4:], arrays[f"yolo_f64.{measure}.grad_b"], 1e-6, 1e-9)


def smooth_rows(arrays: Arrays, config: dict) -> np.ndarray:
    kinds = np.array([category not in KINKS for category in config["categories"]])
    return kinds[arrays["category"].astype(int)]


@each
@pytest.mark.parametrize("measure", ["giou", "diou", "ciou"])
def test_overlap_losses_of_torchvision(name: str, measure: str) -> None:
    """In float64, so that only the formula counts; 0/0 was recorded as NaN, where the reference has a number."""
    arrays, config = load("geometry", name)
    values, slopes = overlaps(arrays, measure, "torchvision")
    recorded = arrays[f"tv_f64.loss_{measure}"]
    defined = np.isfinite(recorded)
    assert np.isfinite(values).all()
    close(1 - values[defined], recorded[defined], 1e-9, 1e-9)
    smooth = smooth_rows(arrays, config)
    for side, part in (("a", slopes[:, :4]), ("b", slopes[:, 4:])):
        close(-part[smooth], arrays[f"tv_f64.loss_{measure}.grad_{side}"][smooth], 1e-6, 1e-9)


@each
@measures
def test_pairwise_overlaps_of_torchvision(name: str, measure: str) -> None:
    arrays, _ = load("geometry", name)
    recorded = arrays[f"tv.pairwise_{measure}"]
    found = [
        [value_of(MEASURES[measure](one, other, "exact")) for other in arrays["boxes_b"][:12].tolist()]
        for one in arrays["boxes_a"][:12].tolist()
    ]
    defined = np.isfinite(recorded)
    close(np.array(found)[defined], recorded[defined], 1e-5, 2e-6)


@each
@measures
def test_overlaps_of_boxes_that_come_as_centre_and_size(name: str, measure: str) -> None:
    """There no ε is added to heights; 0/0 is recorded as NaN."""
    arrays, config = load("geometry", name)
    smooth = smooth_rows(arrays, config)
    formula = MEASURES[measure]
    for row, (one, other) in enumerate(
        zip(arrays["boxes_a_cxcywh"].tolist(), arrays["boxes_b_cxcywh"].tolist(), strict=True)
    ):

        def of_centred(numbers: Sequence[Number]) -> Scalar:
            return formula(corners(*numbers[:4]), corners(*numbers[4:]), "torchvision")

        value, slopes = gradient_of(of_centred, [*one, *other])
        recorded = arrays[f"yolo_xywh.{measure}"][row]
        if np.isfinite(recorded) and config["categories"][int(arrays["category"][row])] not in {"degenerate", "tiny"}:
            close(value, recorded, 1e-5, 1e-5)
        if smooth[row]:
            close(slopes[:4], arrays[f"yolo_xywh.{measure}.grad_a"][row], 1e-3, 1e-6)
            close(slopes[4:], arrays[f"yolo_xywh.{measure}.grad_b"][row], 1e-3, 1e-6)


@measures
@pytest.mark.parametrize("style", ["yolo", "torchvision", "exact"])
def test_slopes_are_the_limits_of_differences(measure: str, style: str) -> None:
    """CIoU excepted, whose α is held: there the difference quotient of the whole is another number."""
    one, other = [3.0, 4.0, 17.0, 29.0], [8.0, 1.5, 21.0, 24.0]
    formula = MEASURES[measure]
    _, slopes = gradient_of(lambda numbers: formula(numbers[:4], numbers[4:], style), [*one, *other])
    quotients = difference_quotients(lambda numbers: formula(numbers[:4], numbers[4:], style), [*one, *other], 1e-5)
    assert (np.abs(np.array(slopes) - quotients).max() < 1e-9) == (measure != "ciou")
