"""The whole YOLOv8-seg criterion against three recorded releases: losses and gradients."""

from typing import Any

import pytest
import torch
from torch import Tensor

from boxwright.assigners import task_aligned_assigner
from boxwright.criterion import BoxRegressionTerm, ClassificationTerm, Criterion, DistributionTerm, MaskTerm
from boxwright.criterion.matches import gather_matches
from boxwright.losses import MaskLoss
from boxwright.reducers import PairMean, PerImageMean
from boxwright.structures import Assignment, MaskPredictions, Predictions, Priors, Targets
from boxwright.structures.instance_masks import InstanceMasks
from tests.contracts.assignments import assignment_of
from tests.parity.golden_cases import case_names, load, yolov8_coder, yolov8_inputs

RELEASES = ("early", "mid", "current")
CASES = case_names("yolov8_segment", "s")
ENCODINGS = ("instances", "index_map")
each_case = pytest.mark.parametrize("name", CASES)
each_release = pytest.mark.parametrize("release", RELEASES)
Leaves = dict[str, Tensor]


def true_masks(arrays: dict[str, Tensor], config: dict[str, Any], image: Tensor) -> InstanceMasks:
    """Reads one mask per object, also out of an index map."""
    given = arrays["gt_masks"]
    if config["overlap_mask"]:
        counts = torch.bincount(image, minlength=config["batch"])
        number = torch.arange(len(image)) - (counts.cumsum(0) - counts)[image] + 1
        given = given[image] == number.view(-1, 1, 1)
    stride, remainder = divmod(config["image_hw"][0], config["mask_hw"][0])
    assert remainder == 0
    return InstanceMasks.from_boolean(given.bool(), stride)


def inputs(
    arrays: dict[str, Tensor], config: dict[str, Any], dtype: torch.dtype
) -> tuple[Predictions, Priors, Targets, Leaves]:
    predictions, priors, targets, (class_leaf, box_leaf) = yolov8_inputs(arrays, config, dtype)
    coefficients, prototypes = (arrays[key].to(dtype).clone().requires_grad_() for key in ("mask_coeffs", "protos"))
    blocks = tuple(
        coefficients[:, :, grid.start : grid.stop].unflatten(2, (grid.height, grid.width)).unsqueeze(1)
        for grid in priors.grids
    )
    predictions = Predictions(
        predictions.class_logits, predictions.box_codes, masks=MaskPredictions(blocks, prototypes)
    )
    masks = true_masks(arrays, config, targets.image)
    targets = Targets(targets.boxes, targets.labels, targets.image, targets.ignore, targets.batch_size, masks)
    leaves = {
        "grad_cls_logits": class_leaf,
        "grad_box_logits": box_leaf,
        "grad_mask_coeffs": coefficients,
        "grad_protos": prototypes,
    }
    return predictions, priors, targets, leaves


def mask_term(config: dict[str, Any], release: str, encoding: str = "instances") -> MaskTerm:
    loss = MaskLoss("masks" if release == "current" else "prototypes", encoding)
    return MaskTerm(config["gain_box"], loss, PerImageMean() if release == "early" else PairMean())


def build(config: dict[str, Any], release: str, encoding: str) -> Criterion:
    coder = yolov8_coder(config)
    terms = (
        BoxRegressionTerm(coder.decode, gain=config["gain_box"]),
        ClassificationTerm(gain=config["gain_cls"]),
        DistributionTerm(coder, gain=config["gain_dfl"]),
        mask_term(config, release, encoding),
    )
    return Criterion(task_aligned_assigner(release), coder.decode, terms)


def recorded_assignment(arrays: dict[str, Tensor], release: str, targets: Targets) -> Assignment:
    """Builds the pairs that the reference had, those of alignment 0 included."""
    image, prior = arrays[f"{release}.fg"].nonzero().unbind(1)
    counts = torch.bincount(targets.image, minlength=targets.batch_size)
    first = counts.cumsum(0) - counts
    target = first[image] + arrays[f"{release}.gt_index"][image, prior].long()
    return assignment_of(
        image,
        prior,
        target,
        arrays[f"{release}.scores"].sum(-1)[image, prior],
        size=tuple(arrays[f"{release}.fg"].shape),
    )


def assert_gradient(leaf: Tensor, recorded: Tensor) -> None:
    tolerance = 1e-5 * float(recorded.abs().max()) + 1e-7
    torch.testing.assert_close(leaf.grad, recorded, rtol=0, atol=tolerance)


@pytest.mark.parametrize("encoding", ENCODINGS)
@each_release
@each_case
def test_losses_and_gradients_equal_the_recorded_ones(name: str, release: str, encoding: str) -> None:
    """An index map is disjoint already, so for it both encodings say the same; separate masks may overlap.

    In s10 the references fill their top-k with arbitrary candidates of alignment 0. All of them lie outside the objects
    and are dropped again, so that leaving them out from the start changes nothing, here either.
    """
    arrays, config = load("yolov8_segment", name)
    predictions, priors, targets, leaves = inputs(arrays, config, torch.float32)
    if not config["overlap_mask"]:
        encoding = "instances"
    losses = build(config, release, encoding)(predictions, priors, targets)
    terms = {"box": "loss_box", "class": "loss_cls", "dfl": "loss_dfl", "mask": "loss_seg"}
    for ours, theirs in terms.items():
        recorded = arrays[f"{release}.{theirs}"] * config["batch"]
        torch.testing.assert_close(losses[ours].detach(), recorded, rtol=1e-5, atol=1e-6)
    total = torch.stack(list(losses.values())).sum()
    torch.testing.assert_close(total.detach(), arrays[f"{release}.loss_total"], rtol=1e-5, atol=1e-6)
    total.backward()
    for key, leaf in leaves.items():
        assert_gradient(leaf, arrays[f"{release}.{key}"])


@each_release
@each_case
def test_the_mask_term_on_the_recorded_pairs_equals_the_recorded_one(name: str, release: str) -> None:
    """Whatever an assigner gives, the term counts every pair alike."""
    arrays, config = load("yolov8_segment", name)
    predictions, priors, targets, leaves = inputs(arrays, config, torch.float32)
    matches = gather_matches(predictions, priors, targets, recorded_assignment(arrays, release, targets))
    loss = mask_term(config, release)(matches) * config["batch"]
    torch.testing.assert_close(loss.detach(), arrays[f"{release}.loss_seg"] * config["batch"], rtol=1e-5, atol=1e-6)
    loss.backward()
    for key in ("grad_mask_coeffs", "grad_protos"):
        assert_gradient(leaves[key], arrays[f"{release}.{key}"])


@each_release
@each_case
def test_the_mask_term_in_float64_equals_the_recorded_one_closely(name: str, release: str) -> None:
    arrays, config = load("yolov8_segment", name)
    predictions, priors, targets, _ = inputs(arrays, config, torch.float64)
    matches = gather_matches(predictions, priors, targets, recorded_assignment(arrays, release, targets))
    loss = mask_term(config, release)(matches)
    torch.testing.assert_close(loss.detach(), arrays[f"{release}.loss_seg_f64"], rtol=1e-6, atol=1e-9)


@each_release
def test_the_two_resolutions_differ_where_sizes_do(release: str) -> None:
    """A trap: at the usual ratio the dialects agree, so only a full-size truth tells them apart."""
    arrays, config = load("yolov8_segment", "s02_index_map_full_size")
    predictions, priors, targets, _ = inputs(arrays, config, torch.float32)
    matches = gather_matches(predictions, priors, targets, recorded_assignment(arrays, release, targets))
    values = [float(MaskTerm(1.0, MaskLoss(resolution))(matches).detach()) for resolution in ("masks", "prototypes")]
    assert abs(values[0] - values[1]) > 0.01


def test_an_index_map_hides_what_separate_masks_keep() -> None:
    """A trap: the objects of this case overlap, and the reference was given all of their pixels."""
    arrays, config = load("yolov8_segment", "s03_separate_masks")
    predictions, priors, targets, _ = inputs(arrays, config, torch.float32)
    matches = gather_matches(predictions, priors, targets, recorded_assignment(arrays, "current", targets))
    values = [float(MaskTerm(1.0, MaskLoss(encoding=encoding))(matches).detach()) for encoding in ENCODINGS]
    assert abs(values[0] - values[1]) > 0.01
