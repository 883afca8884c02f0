"""Overlaps, distances, points and suppression against recorded numbers."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from boxwright.coders import DistributionCoder, LtrbCoder
from boxwright.geometry.boxes import cxcywh_to_xyxy, xyxy_to_cxcywh
from boxwright.geometry.overlaps import (
    aligned_ciou,
    aligned_diou,
    aligned_exact_ciou,
    aligned_giou,
    aligned_iou,
    pairwise_iou,
)
from boxwright.geometry.suppression import class_aware_nms
from boxwright.losses import DistributionFocalLoss, OverlapLoss
from boxwright.prior_generators import PointGrid
from tests.parity.golden_cases import case_names, load

Measure = Callable[[Tensor, Tensor], Tensor]
MEASURES: dict[str, Measure] = {
    "iou": aligned_iou,
    "giou": aligned_giou,
    "diou": aligned_diou,
    "ciou": aligned_ciou,
}
CASES = case_names("geometry", "g0")
KINKS = {"identical", "touching", "degenerate", "huge", "tiny"}
each = pytest.mark.parametrize("name", CASES)
measures = pytest.mark.parametrize("measure", MEASURES)


def evaluate(measure: str, arrays: dict[str, Tensor], dtype: torch.dtype) -> tuple[Tensor, Tensor, Tensor]:
    """Gives values, and the gradients of their sum with respect to both boxes."""
    one, other = (arrays[key].to(dtype).clone().requires_grad_() for key in ("boxes_a", "boxes_b"))
    values = MEASURES[measure](one, other)
    values.sum().backward()
    assert one.grad is not None
    assert other.grad is not None
    return values.detach(), one.grad, other.grad


def is_smooth(arrays: dict[str, Tensor], config: dict[str, Any]) -> Tensor:
    """Marks the rows whose gradient does not hang on a tie or on the tiny constants."""
    kinds = [category not in KINKS for category in config["categories"]]
    return torch.tensor(kinds)[arrays["category"].long()]


@each
@measures
def test_values(name: str, measure: str) -> None:
    arrays, _ = load("geometry", name)
    values, _, _ = evaluate(measure, arrays, torch.float32)
    torch.testing.assert_close(values, arrays[f"yolo.{measure}"], rtol=1e-5, atol=1e-5)


@each
@measures
def test_values_in_float64(name: str, measure: str) -> None:
    arrays, _ = load("geometry", name)
    values, _, _ = evaluate(measure, arrays, torch.float64)
    torch.testing.assert_close(values, arrays[f"yolo_f64.{measure}"], rtol=1e-9, atol=1e-9)


@each
@measures
def test_gradients(name: str, measure: str) -> None:
    arrays, config = load("geometry", name)
    smooth = is_smooth(arrays, config)
    _, *gradients = evaluate(measure, arrays, torch.float32)
    for gradient, side in zip(gradients, "ab", strict=True):
        assert gradient.isfinite().all()
        torch.testing.assert_close(
            gradient[smooth], arrays[f"yolo.{measure}.grad_{side}"][smooth], rtol=1e-3, atol=1e-6
        )


@each
@measures
def test_gradients_in_float64(name: str, measure: str) -> None:
    """Here the kinks are compared too: ties of minimum and maximum share the gradient in both."""
    arrays, _ = load("geometry", name)
    _, *gradients = evaluate(measure, arrays, torch.float64)
    for gradient, side in zip(gradients, "ab", strict=True):
        recorded = arrays[f"yolo_f64.{measure}.grad_{side}"]
        torch.testing.assert_close(gradient, recorded, rtol=1e-6, atol=1e-9)


@each
def test_early_release_gives_the_same_ciou(name: str) -> None:
    arrays, config = load("geometry", name)
    values, gradient, _ = evaluate("ciou", arrays, torch.float32)
    smooth = is_smooth(arrays, config)
    torch.testing.assert_close(values, arrays["early.ciou"], rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(gradient[smooth], arrays["early.ciou.grad_a"][smooth], rtol=1e-3, atol=1e-6)


@each
def test_exact_ciou_equals_the_recorded_one_of_centre_size_boxes(name: str) -> None:
    """The recorded code makes 0/0 of a box without size; ours must be finite there, too."""
    arrays, config = load("geometry", name)
    leaves = [xyxy_to_cxcywh(arrays[key].double()).requires_grad_() for key in ("boxes_a", "boxes_b")]
    values = aligned_exact_ciou(*(cxcywh_to_xyxy(leaf) for leaf in leaves))
    values.sum().backward()
    recorded = arrays["yolo_xywh.ciou"]
    defined = recorded.isfinite()
    assert bool(defined.all()) == (config["categories"] != ["degenerate"])
    assert values.isfinite().all()
    torch.testing.assert_close(values.detach()[defined].float(), recorded[defined], rtol=1e-5, atol=1e-5)
    smooth = is_smooth(arrays, config)
    for leaf, key in zip(leaves, "ab", strict=True):
        assert leaf.grad is not None
        assert leaf.grad.isfinite().all()
        gradient = arrays[f"yolo_xywh.ciou.grad_{key}"][smooth]
        torch.testing.assert_close(leaf.grad[smooth].float(), gradient, rtol=1e-3, atol=1e-6)


@each
@measures
def test_overlap_loss_is_one_minus_the_measure(name: str, measure: str) -> None:
    arrays, _ = load("geometry", name)
    loss = OverlapLoss(measure)(arrays["boxes_a"], arrays["boxes_b"])
    torch.testing.assert_close(loss, 1 - arrays[f"yolo.{measure}"], rtol=1e-5, atol=1e-5)


@each
def test_pairwise_iou(name: str) -> None:
    """torchvision divides 0 by 0 for boxes without area; everything else is compared."""
    arrays, _ = load("geometry", name)
    recorded = arrays["tv.pairwise_iou"]
    defined = recorded.isfinite()
    matrix = pairwise_iou(arrays["boxes_a"][:12], arrays["boxes_b"][:12])
    torch.testing.assert_close(matrix[defined], recorded[defined], rtol=1e-5, atol=1e-6)
    assert not matrix[~defined].any()


def test_distribution_focal_loss() -> None:
    arrays, config = load("geometry", "g10_dfl")
    coder = DistributionCoder(config["bins"])
    logits = arrays["dfl_logits"].clone().requires_grad_()
    priors = torch.tensor([0.0, 0.0, 1.0, 1.0]).expand(len(arrays["dfl_target"]), 4)
    boxes = arrays["dfl_target"] * torch.tensor([-1.0, -1.0, 1.0, 1.0])
    distances = coder.encode(boxes=boxes, priors=priors)
    torch.testing.assert_close(distances, arrays["dfl_target_clamped"])
    loss = DistributionFocalLoss()(logits.view(-1, 4 * config["bins"]), distances)
    torch.testing.assert_close(loss, arrays["dfl.value"].squeeze(1), rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(loss, arrays["early.dfl.value"].squeeze(1), rtol=1e-5, atol=1e-6)
    loss.sum().backward()
    for release in ("", "early."):
        torch.testing.assert_close(logits.grad, arrays[f"{release}dfl.grad"], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(("key", "canvas"), [("12x16@8_6x8@16_3x4@32", (96, 128)), ("10x10@8_5x5@16_3x3@32", (80, 80))])
def test_points(key: str, canvas: tuple[int, int]) -> None:
    arrays, _ = load("geometry", "g11_points_distances")
    priors = PointGrid()(canvas)
    strides = arrays[f"anchor_strides_{key}"].flatten()
    assert torch.equal(priors.stride, strides)
    assert torch.equal(priors.boxes[:, :2], arrays[f"anchor_points_{key}"] * strides[:, None])


@pytest.mark.parametrize("stride", [1.0, 8.0])
def test_distances(stride: float) -> None:
    arrays, _ = load("geometry", "g11_points_distances")
    points = arrays["points"] * stride
    priors = torch.cat((points, torch.full_like(points, stride)), dim=1)
    decoded = LtrbCoder().decode(codes=arrays["distances"], priors=priors) / stride
    torch.testing.assert_close(decoded, arrays["dist2bbox_xyxy"], rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(xyxy_to_cxcywh(decoded), arrays["dist2bbox_xywh"], rtol=1e-5, atol=1e-5)
    boxes = arrays["boxes"] * stride
    encoded = LtrbCoder().encode(boxes=boxes, priors=priors)
    torch.testing.assert_close(encoded, arrays["bbox2dist_unclamped"], rtol=1e-5, atol=1e-5)
    clamped = DistributionCoder(16).encode(boxes=boxes, priors=priors)
    torch.testing.assert_close(clamped, arrays["bbox2dist_15"], rtol=1e-5, atol=1e-5)


def test_formats() -> None:
    arrays, _ = load("geometry", "g11_points_distances")
    centred = xyxy_to_cxcywh(arrays["boxes"])
    torch.testing.assert_close(centred, arrays["to_cxcywh"])
    torch.testing.assert_close(cxcywh_to_xyxy(centred), arrays["to_xyxy"])


@pytest.mark.parametrize("threshold", ["0.3", "0.45", "0.6", "0.7", "0.9"])
def test_suppression(threshold: str) -> None:
    arrays, _ = load("geometry", "g12_nms")
    boxes, scores, labels = (arrays[f"nms_{key}"] for key in ("boxes", "scores", "classes"))
    one_class = class_aware_nms(boxes, scores, torch.zeros_like(labels), float(threshold))
    assert torch.equal(one_class, arrays[f"nms_keep_{threshold}"])
    per_class = class_aware_nms(boxes, scores, labels, float(threshold))
    assert torch.equal(per_class, arrays[f"batched_keep_{threshold}"])


@pytest.mark.parametrize("threshold", ["0.25", "0.5", "0.75"])
def test_suppression_keeps_an_overlap_equal_to_the_threshold(threshold: str) -> None:
    arrays, _ = load("geometry", "g12_nms")
    labels = torch.zeros(len(arrays["exact_scores"]), dtype=torch.int64)
    kept = class_aware_nms(arrays["exact_boxes"], arrays["exact_scores"], labels, float(threshold))
    assert torch.equal(kept, arrays[f"exact_keep_{threshold}"])
