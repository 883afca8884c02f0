"""The whole YOLOv8 criterion against three recorded releases: assignment, losses, gradients."""

import pytest
import torch
from torch import Tensor

from boxwright.assigners import task_aligned_assigner
from boxwright.criterion import BoxRegressionTerm, ClassificationTerm, Criterion, DistributionTerm
from boxwright.structures import Assignment
from tests.parity.golden_cases import case_names, load, yolov8_coder, yolov8_inputs

RELEASES = ("early", "mid", "current")
CASES = case_names("yolov8_detect", "d")


def build(config: dict, release: str) -> Criterion:
    coder = yolov8_coder(config)
    terms = (
        BoxRegressionTerm(coder.decode, gain=config["gain_box"]),
        ClassificationTerm(gain=config["gain_cls"]),
        DistributionTerm(coder, gain=config["gain_dfl"]),
    )
    return Criterion(task_aligned_assigner(release), coder.decode, terms)


def dense(assignment: Assignment, shape: tuple[int, int], first_of_image: Tensor) -> tuple[Tensor, Tensor]:
    """Lays an assignment out like the recording: object within its image (or −1), quality."""
    index, quality = torch.full(shape, -1), torch.zeros(shape)
    at = (assignment.image, assignment.prior)
    index[at] = assignment.target - first_of_image[assignment.image]
    quality[at] = assignment.quality
    return index, quality


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("name", CASES)
def test_assignment_equals_the_recorded_one_outside_ties(name: str, release: str) -> None:
    arrays, config = load("yolov8_detect", name)
    predictions, priors, targets, _ = yolov8_inputs(arrays, config)
    assignment = build(config, release).assign(predictions, priors, targets)
    counts = torch.bincount(targets.image, minlength=targets.batch_size)
    index, quality = dense(assignment, arrays[f"{release}.fg"].shape, counts.cumsum(0) - counts)
    compare = ~(arrays[f"{release}.tie_topk"] | arrays[f"{release}.tie_gt"])
    assert torch.equal(index[compare], arrays[f"{release}.gt_index"].long()[compare])
    torch.testing.assert_close(quality[compare], arrays[f"{release}.scores"].sum(-1)[compare], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("name", CASES)
def test_losses_and_gradients_equal_the_recorded_ones(name: str, release: str) -> None:
    arrays, config = load("yolov8_detect", name)
    predictions, priors, targets, (class_leaf, box_leaf) = yolov8_inputs(arrays, config)
    losses = build(config, release)(predictions, priors, targets)
    total = torch.stack(list(losses.values())).sum()
    total.backward()
    for ours, theirs in (("box", "loss_box"), ("class", "loss_cls"), ("dfl", "loss_dfl")):
        recorded = arrays[f"{release}.{theirs}"] * config["batch"]
        torch.testing.assert_close(losses[ours].detach(), recorded, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(total.detach(), arrays[f"{release}.loss_total"], rtol=1e-5, atol=1e-6)
    for leaf, key in ((class_leaf, "grad_cls_logits"), (box_leaf, "grad_box_logits")):
        recorded = arrays[f"{release}.{key}"]
        tolerance = 1e-5 * float(recorded.abs().max()) + 1e-7
        torch.testing.assert_close(leaf.grad, recorded, rtol=0, atol=tolerance)


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("name", CASES)
def test_losses_in_float64_equal_the_recorded_ones_closely(name: str, release: str) -> None:
    arrays, config = load("yolov8_detect", name)
    predictions, priors, targets, _ = yolov8_inputs(arrays, config, torch.float64)
    losses = build(config, release)(predictions, priors, targets)
    for ours, theirs in (("box", "loss_box"), ("class", "loss_cls"), ("dfl", "loss_dfl")):
        recorded = arrays[f"{release}.{theirs}_f64"] * config["batch"]
        torch.testing.assert_close(losses[ours].detach(), recorded, rtol=1e-6, atol=1e-9)
