"""Faults planted in boxwright's own parts, or in a copy of what connects them: the suite sees all but one."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from boxwright.assigners import AtssAssigner, MaxIouAssigner, atss, fcos
from boxwright.coders import DeltaCoder, DistributionCoder
from boxwright.criterion import retinanet, ssd, yolov8
from boxwright.geometry import overlaps
from boxwright.prior_generators import PointGrid
from boxwright.reducers import ByPositives
from boxwright.structures import Priors, Targets
from conformance.adapter import Adapter
from conformance.adapters import boxwright_adapter, boxwright_criteria
from conformance.case import read_cases
from conformance.run import FAILED, run_cases

Patch = pytest.MonkeyPatch
Plant = Callable[[Patch], None]


def failed(section: str, name: str | None = None) -> dict[str, set[str]]:
    """Runs a section, or a case of it, with the adapter as it is now; gives what is wrong in each case that fails."""
    cases = [case for case in read_cases(section) if name in (None, case.name)]
    functions = {case.function: getattr(boxwright_adapter, case.function) for case in cases}
    results = run_cases(Adapter("boxwright", functions, ("float32", "float16")), cases)
    return {result.case.name: set(result.faults) for result in results if result.outcome == FAILED}


def wrap(patch: Patch, name: str, change: Callable[[Callable[..., Any], dict[str, Any]], Any]) -> None:
    """Puts something around a function of the adapter."""
    right = getattr(boxwright_adapter, name)
    patch.setattr(boxwright_adapter, name, lambda **given: change(right, given))


def swapped_sign(patch: Patch) -> None:
    right = overlaps._distance_penalty
    patch.setattr(overlaps, "_distance_penalty", lambda *given: -right(*given))


def missing_half_cell(patch: Patch) -> None:
    class Corners(PointGrid):
        def __call__(self, canvas_size: tuple[int, int], device: torch.device | str = "cpu") -> Priors:
            right = super().__call__(canvas_size, device)
            moved = right.boxes.clone()
            moved[:, :2] -= right.stride[:, None] / 2
            return replace(right, boxes=moved)

    patch.setattr(boxwright_adapter, "PointGrid", Corners)
    patch.setattr(boxwright_criteria, "PointGrid", Corners)


def strict_for_non_strict(patch: Patch) -> None:
    def strict(positive: float, *others: Any, **more: Any) -> MaxIouAssigner:
        return MaxIouAssigner(float(np.nextafter(np.float32(positive), np.float32(1))), *others, **more)

    patch.setattr(boxwright_criteria, "MaxIouAssigner", strict)


def epsilon_in_the_wrong_place(patch: Patch) -> None:
    """The denominator of α as v − IoU + (1 + ε), in the precision of the inputs."""

    def ciou(one: Tensor, other: Tensor) -> Tensor:
        overlap, distant = overlaps.aligned_iou(one, other), overlaps.aligned_diou(one, other)
        angles = [torch.atan((rows[:, 2] - rows[:, 0]) / (rows[:, 3] - rows[:, 1])) for rows in (one, other)]
        aspect = (4 / np.pi**2 * (angles[0] - angles[1]) ** 2).to(one.dtype)
        alpha = (aspect / (aspect - overlap.to(one.dtype) + (1 + 1e-7))).detach()
        return distant - alpha * aspect

    patch.setattr(boxwright_adapter, "aligned_ciou", ciou)


def gradient_through_alpha(patch: Patch) -> None:
    def ciou(one: Tensor, other: Tensor) -> Tensor:
        overlap, distant = overlaps.aligned_iou(one, other), overlaps.aligned_diou(one, other)
        angles = [torch.atan((rows[:, 2] - rows[:, 0]) / (rows[:, 3] - rows[:, 1] + 1e-7)) for rows in (one, other)]
        aspect = 4 / np.pi**2 * (angles[0] - angles[1]) ** 2
        return distant - aspect * aspect / (1 - overlap + aspect + 1e-7)

    patch.setattr(boxwright_adapter, "aligned_ciou", ciou)


def missing_clamp(patch: Patch) -> None:
    patch.setattr(yolov8, "DistributionCoder", lambda bins: DistributionCoder(bins, margin=0.0))


def softmax_over_the_wrong_axis(patch: Patch) -> None:
    def interleave(right: Callable[..., Any], given: dict[str, Any]) -> Any:
        logits = given["logits"]
        swapped = logits.reshape(len(logits), -1, 4).transpose(0, 2, 1).reshape(logits.shape)
        return right(**(given | {"logits": swapped}))

    wrap(patch, "distribution_decode", interleave)


def wrong_normaliser(patch: Patch) -> None:
    patch.setattr(retinanet, "_reducer", lambda dialect, **_: ByPositives())


def wrong_tie_rule(patch: Patch) -> None:
    """Of equal overlaps the object listed last wins."""

    def turned(right: Callable[..., Any], given: dict[str, Any]) -> Any:
        order = np.argsort(given["images"], kind="stable")[::-1]
        order = order[np.argsort(given["images"][order], kind="stable")]
        found = right(**(given | {name: given[name][order] for name in ("boxes", "labels", "images")}))
        return found | {"matched": np.concatenate((order, [-1]))[found["matched"]]}

    wrap(patch, "yolov8", turned)


def wrong_variances(patch: Patch) -> None:
    patch.setattr(ssd, "ssd_coder", lambda dialect: DeltaCoder(stds=(0.2, 0.2, 0.1, 0.1)))


def class_offset_by_one(patch: Patch) -> None:
    wrap(patch, "yolov8", lambda right, given: right(**(given | {"labels": (given["labels"] + 1) % 2})))


def not_times_the_images(patch: Patch) -> None:
    right = boxwright_criteria.yolov5_criterion
    patch.setattr(
        boxwright_criteria, "yolov5_criterion", lambda *a, **k: replace(right(*a, **k), times_batch_size=False)
    )


def half_a_pixel_in_the_crop(patch: Patch) -> None:
    wrap(patch, "mask_crop", lambda right, given: right(**(given | {"boxes": np.round(given["boxes"])})))


def the_last_pair_is_the_label(patch: Patch) -> None:
    wrap(patch, "yolov5", lambda right, given: right(**(given | {"duplicates": "last"})))


def clamp_of_the_other_convention(patch: Patch) -> None:
    patch.setattr(boxwright_criteria, "DeltaCoder", lambda **given: DeltaCoder(**(given | {"clamp": "upper"})))


def largest_area_wins(patch: Patch) -> None:
    right = fcos.areas_of
    patch.setattr(fcos, "areas_of", lambda boxes: -right(boxes))


def points_outside_count(patch: Patch) -> None:
    right = fcos.points_near_centres
    patch.setattr(fcos, "points_near_centres", lambda *given, inside: right(*given, inside=False))


def spread_of_a_population(patch: Patch) -> None:
    right = AtssAssigner._candidates

    def candidates(self: AtssAssigner, priors: Priors, targets: Targets) -> Any:
        found = right(self, priors, targets)
        rows = found.overlap.view(len(targets.boxes), -1)
        least = rows.mean(dim=1, keepdim=True) + rows.std(dim=1, correction=0, keepdim=True)
        return found._replace(enough=(rows >= least).flatten())

    patch.setattr(AtssAssigner, "_candidates", candidates)


def lowest_overlap_wins(patch: Patch) -> None:
    right = atss.first_maximum_per_group
    patch.setattr(atss, "first_maximum_per_group", lambda overlap, *given: right(-overlap, *given))


# Fault → section, and what it must spoil.
FAULTS: dict[Plant, tuple[str, str, set[str]]] = {
    swapped_sign: ("overlaps", "diou_ordinary", {"value"}),
    missing_half_cell: ("yolov8", "points_on_edges", {"matched"}),
    strict_for_non_strict: ("retinanet", "mmdetection_threshold", {"matched"}),
    epsilon_in_the_wrong_place: ("overlaps", "ciou_identical", {"value"}),
    gradient_through_alpha: ("overlaps", "ciou_ordinary", {"gradient_boxes"}),
    missing_clamp: ("yolov8", "beyond_the_bins", {"loss_dfl"}),
    softmax_over_the_wrong_axis: ("boxes", "distribution_decode", {"value"}),
    wrong_normaliser: ("retinanet", "torchvision_plain", {"loss_class", "loss_box"}),
    wrong_tie_rule: ("yolov8", "same_box_twice", {"matched"}),
    wrong_variances: ("ssd", "paper_plain", {"loss_box"}),
    class_offset_by_one: ("yolov8", "plain", {"loss_class"}),
    not_times_the_images: ("yolov5", "plain", {"loss_box", "loss_objectness", "loss_class"}),
    half_a_pixel_in_the_crop: ("masks", "mask_crop", {"value"}),
    clamp_of_the_other_convention: ("retinanet", "mmdetection_giou", {"loss_box"}),
    largest_area_wins: ("fcos", "crowd", {"matched"}),
    points_outside_count: ("fcos", "smaller_than_a_cell", {"matched"}),
    spread_of_a_population: ("atss", "spread_of_a_sample", {"matched"}),
    lowest_overlap_wins: ("atss", "crowd", {"matched"}),
    the_last_pair_is_the_label: ("yolov5", "shared_priors_largest", {"loss_objectness"}),
}


@pytest.mark.parametrize("plant", FAULTS, ids=lambda plant: plant.__name__)
def test_a_fault_is_seen(plant: Plant, monkeypatch: Patch) -> None:
    section, case, outputs = FAULTS[plant]
    plant(monkeypatch)
    assert outputs <= failed(section, case).get(case, set())


@pytest.mark.parametrize("plant", FAULTS, ids=lambda plant: plant.__name__)
def test_without_the_fault_the_same_case_passes(plant: Plant) -> None:
    section, case, _ = FAULTS[plant]
    assert failed(section, case) == {}


def test_another_order_of_equal_scores_is_not_seen(monkeypatch: Patch) -> None:
    """boxwright promises that the box listed first wins. The definition does not, so the case has a mask of ties."""

    def last_first(right: Callable[..., Any], given: dict[str, Any]) -> Any:
        turned = right(**(given | {name: given[name][::-1].copy() for name in ("boxes", "scores", "labels")}))
        return len(given["boxes"]) - 1 - turned

    wrap(monkeypatch, "nms", last_first)
    (case,) = (case for case in read_cases("suppression") if case.name == "equal_scores")
    assert list(boxwright_adapter.nms(**case.inputs, **case.parameters)) != list(case.expected["kept"])
    assert failed("suppression") == {}
