"""Mistakes made in the reference of FCOS and ATSS itself: each case sees the one that it was made for."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from conformance.case import Case, read_cases
from conformance.reference import atss, fcos
from conformance.reference.targets import Array, targets_of

Patch = pytest.MonkeyPatch


def case_of(section: str, name: str) -> Case:
    (case,) = (case for case in read_cases(section) if case.name == name)
    return case


def matched(case: Case) -> Array:
    """What the reference assigns now."""
    given, batch = case.inputs, len(case.inputs["codes"])
    objects = targets_of(given["boxes"], given["labels"], given["images"], batch)
    if case.function == "fcos":
        rules = fcos.Rules(case.parameters["radius"])
        points = given["points"].astype(np.float64)
        return fcos.assign(points, given["point_strides"].astype(np.float64), objects, rules)
    anchors = given["anchors"].astype(np.float64).tolist()
    return atss.assign(anchors, given["anchor_strides"], objects, case.parameters["nearest"])


def edges_count(patch: Patch) -> None:
    def inside(point: Any, box: Any) -> bool:
        return bool(box[0] <= point[0] <= box[2] and box[1] <= point[1] <= box[3])

    for module in (fcos, atss):
        patch.setattr(module, "is_inside", inside)


def the_outside_counts(patch: Patch) -> None:
    for module in (fcos, atss):
        patch.setattr(module, "is_inside", lambda *_: True)


def the_radius_counts(patch: Patch) -> None:
    right = fcos.is_near_the_centre
    patch.setattr(
        fcos, "is_near_the_centre", lambda point, box, stride, rules: right(point, box, stride * (1 + 1e-9), rules)
    )


def all_levels_are_open(patch: Patch) -> None:
    patch.setattr(fcos, "has_the_size_of_the_level", lambda *_: True)


def the_first_wins(patch: Patch) -> None:
    patch.setattr(fcos, "area", lambda _: 0.0)


def areas_in_float32(patch: Patch) -> None:
    right = fcos.area
    patch.setattr(fcos, "area", lambda box: -np.float32(1e8 - right(box)))


def the_nearest_of_all_levels(patch: Patch) -> None:
    right = atss.positives
    patch.setattr(
        atss,
        "positives",
        lambda box, anchors, levels, nearest: right(
            box, anchors, [[anchor for level in levels for anchor in level]], nearest
        ),
    )


def the_threshold_does_not_count(patch: Patch) -> None:
    right = atss.threshold
    patch.setattr(atss, "threshold", lambda overlaps: right(overlaps) + 1e-12)


def the_deviation_is_of_a_population(patch: Patch) -> None:
    patch.setattr(atss, "threshold", lambda overlaps: np.mean(overlaps) + np.std(overlaps))


# Mistake, case, and how many pairs there are, right and wrong.
MISTAKES: list[tuple[Callable[[Patch], None], str, int, int]] = [
    (edges_count, "fcos/points_on_edges", 6, 20),
    (the_outside_counts, "fcos/smaller_than_a_cell", 1, 22),
    (the_radius_counts, "fcos/edge_of_the_radius", 4, 16),
    (all_levels_are_open, "fcos/plain", 28, 41),
    (the_first_wins, "fcos/crowd", 20, 20),
    (areas_in_float32, "fcos/areas_nearly_equal", 9, 9),
    (edges_count, "atss/centre_on_an_edge", 3, 9),
    (the_outside_counts, "atss/smaller_than_a_cell", 1, 26),
    (the_nearest_of_all_levels, "atss/plain_distances", 11, 1),
    (the_threshold_does_not_count, "atss/threshold_reached", 4, 0),
    (the_deviation_is_of_a_population, "atss/spread_of_a_sample", 10, 14),
]


@pytest.mark.parametrize(("mistake", "name", "right", "wrong"), MISTAKES)
def test_a_mistake_changes_its_case(
    mistake: Callable[[Patch], None], name: str, right: int, wrong: int, monkeypatch: Patch
) -> None:
    case = case_of(*name.split("/"))
    assert (matched(case) == case.expected["matched"]).all()
    mistake(monkeypatch)
    found = matched(case)
    counts = [int((pairs >= 0).sum()) for pairs in (case.expected["matched"], found)]
    assert (found != case.expected["matched"]).any()
    assert counts == [right, wrong]


def test_a_box_loss_weighted_by_centreness_is_another_one() -> None:
    """By far more than the tolerance, so that the dialect of MMDetection is told apart."""
    for case in (case_of("fcos", "plain"), case_of("atss", "plain_distances")):
        given, pairs = case.inputs, case.expected["matched"]
        points = given["points"] if "points" in given else (given["anchors"][:, :2] + given["anchors"][:, 2:]) / 2
        strides = given["point_strides"] if "points" in given else given["anchor_strides"]
        decode = fcos.distances_decoder(points.astype(np.float64), strides.astype(np.float64))
        rows = []
        for image, place in np.argwhere(pairs >= 0).tolist():
            box = given["boxes"][pairs[image, place]].astype(np.float64).tolist()
            value, _ = fcos.box_loss(given["codes"][image, place].tolist(), place, box, decode)
            rows.append((value, fcos.centreness(points[place].tolist(), box)))
        values, weights = np.array(rows).T
        assert values.mean() == pytest.approx(float(case.expected["loss_box"]), rel=1e-8)
        assert abs((values * weights).sum() / weights.sum() - values.mean()) > 1e-3
