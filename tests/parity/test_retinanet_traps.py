"""What goes wrong in published RetinaNets, and does not here; one test by name for each."""

import math
from dataclasses import replace

import pytest
import torch

from boxwright.assigners import MaxIouAssigner
from boxwright.coders import DeltaCoder
from boxwright.criterion import anchor_targets, retinanet_assigner, retinanet_criterion
from boxwright.geometry.boxes import cxcywh_to_xyxy
from boxwright.losses import L1, OverlapLoss, PriorFocalLoss, SmoothL1
from boxwright.prior_generators import AnchorGrid, retinanet_anchors
from boxwright.reducers import ByPositives, BySamples
from boxwright.structures import Predictions, Targets
from tests.contracts.assignments import assignment_of
from tests.contracts.scenes import random_scene

GRID = retinanet_anchors()
CANVAS = (96, 128)
PRIORS = GRID(CANVAS)


def one_image(*boxes: list[float]) -> Targets:
    return Targets.from_lists([torch.tensor(boxes)], [torch.zeros(len(boxes))])


@pytest.mark.parametrize("forced", ["best", "last", "restore"])
@pytest.mark.parametrize("useless", [[1e4, 1e4, 1e4 + 50, 1e4 + 50], [40.0, 40, 40, 40], [40.0, 20, 40, 80]])
def test_a_target_without_overlap_takes_no_anchor(forced: str, useless: list[float]) -> None:
    """Published code gives it all of them, also the good matches of others."""
    alone = MaxIouAssigner(forced=forced)(PRIORS, one_image([20.0, 20, 70, 60]))
    both = MaxIouAssigner(forced=forced)(PRIORS, one_image([20.0, 20, 70, 60], useless))
    assert torch.equal(both.prior, alone.prior)
    assert not both.target.any()
    assert torch.equal(both.ignored, alone.ignored)


def test_the_zero_overlap_trap_can_be_asked_for() -> None:
    trapped = MaxIouAssigner(forced="last", zero_overlap=True)
    found = trapped(PRIORS, one_image([20.0, 20, 70, 60], [1e4, 1e4, 1e4 + 50, 1e4 + 50]))
    assert len(found) == len(PRIORS)
    assert (found.target == 1).all()


def test_who_gets_a_shared_best_anchor_is_named_and_does_not_hang_on_the_order_by_default() -> None:
    """IoU 0.9 with the first, 0.8 with the second: MMDetection takes the last one, torchvision the better one."""
    priors = AnchorGrid((((10.0, 10.0),),), (64,), centre=0.0)((64, 64))
    boxes = [[-5.0, -4.5, 5, 4.5], [-5.0, -4, 5, 4]]
    owners = {}
    for dialect in ("default", "mmdetection", "torchvision"):
        assigner = retinanet_assigner(dialect)
        straight, turned = assigner(priors, one_image(*boxes)), assigner(priors, one_image(*boxes[::-1]))
        owners[dialect] = (straight.target.tolist(), turned.target.tolist())
    assert owners == {"default": ([0], [1]), "mmdetection": ([1], [1]), "torchvision": ([0], [1])}


@pytest.mark.parametrize("kind", ["iou", "giou", "diou", "ciou"])
def test_identical_boxes_give_no_nan(kind: str) -> None:
    """Published CIoU makes 0 / 0 of them in float32."""
    boxes = torch.tensor([[3.0, 4, 100, 90], [1e3, 1e3, 1e3 + 33, 1e3 + 71]], requires_grad=True)
    loss = OverlapLoss(kind)(boxes, boxes.detach().clone())
    (gradient,) = torch.autograd.grad(loss.sum(), boxes)
    assert loss.detach().abs().max() < 1e-5
    assert gradient.isfinite().all()


def test_boxes_without_area_give_no_nan_overlap() -> None:
    """torchvision's IoU of two of them is 0 / 0."""
    scene = random_scene(0, counts=(4,), canvas=CANVAS, generate=GRID)
    flat = scene.targets.boxes.clone()
    flat[1:3, 2:] = flat[1:3, :2]
    losses = retinanet_criterion()(scene.predictions, PRIORS, replace(scene.targets, boxes=flat))
    assert all(loss.isfinite() for loss in losses.values())


def test_background_is_no_class() -> None:
    """Labels are 0 … C − 1 and every logit is a class; dense targets name background C, as MMDetection does."""
    scene = random_scene(0, counts=(4, 0), canvas=CANVAS, num_classes=3, generate=GRID)
    found = retinanet_assigner()(PRIORS, scene.targets)
    dense = anchor_targets(found, PRIORS, scene.targets, num_classes=3, coder=None)
    assert set(dense.labels.unique().tolist()) <= {0, 1, 2, 3}
    assert (dense.labels[1] == 3).all()
    confident = torch.full((2, len(PRIORS), 3), -30.0)
    confident[found.image, found.prior, scene.targets.labels[found.target]] = 30.0
    predictions = Predictions.from_dense(confident, torch.zeros(2, len(PRIORS), 4), PRIORS)
    assert retinanet_criterion()(predictions, PRIORS, scene.targets)["class"] < 1e-6


def test_anchors_that_lie_symmetrically_about_a_target_tie_exactly() -> None:
    """Four anchors contain it; all of them are claimed."""
    priors = AnchorGrid((((32.0, 32.0),),), (8,), centre=0.0)((64, 64))
    found = MaxIouAssigner()(priors, one_image([20.0, 20, 36, 36]))
    corners = cxcywh_to_xyxy(priors.boxes[found.prior])
    assert len(found) == 4
    assert ((corners[:, :2] <= 20).all(dim=1) & (corners[:, 2:] >= 36).all(dim=1)).all()


def test_thresholds_are_at_least_for_positives_and_below_for_background() -> None:
    """IoU exactly 0.5 is a pair, exactly 0.4 (in float32) is no background."""
    priors = AnchorGrid((((10.0, 5.0), (10.0, 4.0), (10.0, 10.0)),), (64,), centre=0.0)((64, 64))
    found = MaxIouAssigner()(priors, one_image([-5.0, -5, 5, 5]))
    assert found.prior.tolist() == [0, 2]
    assert found.ignored[0].tolist() == [False, True, False]


def test_an_image_without_objects_teaches_background_and_counts_in_the_divisor() -> None:
    """Published defaults drop such images; the divisor is Σ max(1, positives), not max(1, Σ positives)."""
    scene = random_scene(0, counts=(0, 0), canvas=CANVAS, generate=GRID)
    losses = retinanet_criterion()(scene.predictions, PRIORS, scene.targets)
    none = torch.zeros(0, dtype=torch.int64)
    values = PriorFocalLoss()(scene.predictions.class_logits, none, none, none, torch.zeros(0))
    torch.testing.assert_close(losses["class"], values.sum() / 2)
    assert losses["box"] == 0


def test_with_a_sampler_the_divisor_is_the_number_of_samples() -> None:
    index, ignored = torch.arange(3), torch.ones(2, len(PRIORS), dtype=torch.bool)
    ignored[0, :10] = False
    assignment = assignment_of(index * 0, index, index, torch.ones(3), ignored)
    values = torch.ones(2, len(PRIORS))
    assert BySamples(0.0)(values, assignment, PRIORS).item() == pytest.approx(values.numel() / (3 + 7 + 1 + 1))
    assert ByPositives(0.0)(values, assignment, PRIORS).item() == pytest.approx(values.numel() / (3 + 1))


def test_ignored_anchors_cost_nothing() -> None:
    """Those of the band between the thresholds too."""
    scene = random_scene(1, counts=(5,), canvas=CANVAS, generate=GRID)
    found = retinanet_assigner()(PRIORS, scene.targets)
    assert found.ignored.any()
    logits = torch.randn(1, len(PRIORS), 3, requires_grad=True)
    predictions = Predictions.from_dense(logits, torch.zeros(1, len(PRIORS), 4), PRIORS)
    retinanet_criterion()(predictions, PRIORS, scene.targets)["class"].backward()
    assert logits.grad is not None
    assert torch.equal(logits.grad.abs().sum(dim=2) == 0, found.ignored)


def test_the_width_of_smooth_l1_sets_its_scale() -> None:
    """With β = 1/9 it is close to L1, with β = 1 it is not."""
    half, zero = torch.full((1, 4), 0.5), torch.zeros(1, 4)
    plain = L1()(half, zero).item()
    assert SmoothL1(1 / 9)(half, zero).item() == pytest.approx(plain, rel=0.12)
    assert SmoothL1(1.0)(half, zero).item() == pytest.approx(plain / 4)


def test_overlap_losses_see_decoded_boxes() -> None:
    """Published code needs a switch for it; without, it takes the overlap of codes."""
    scene = random_scene(0, counts=(3,), canvas=CANVAS, generate=GRID)
    found = retinanet_assigner()(PRIORS, scene.targets)
    codes = torch.zeros(1, len(PRIORS), 4)
    rows = PRIORS.rows(found.prior)
    codes[0, found.prior] = DeltaCoder().encode(boxes=scene.targets.boxes[found.target], priors=rows)
    predictions = Predictions.from_dense(torch.zeros(1, len(PRIORS), 3), codes, PRIORS)
    losses = retinanet_criterion(box_loss="giou")(predictions, PRIORS, scene.targets)
    assert losses["box"].item() == pytest.approx(0, abs=1e-5)


def test_a_wild_size_code_makes_a_large_box_but_no_infinite_one() -> None:
    prior = torch.tensor([[0.0, 0, 32, 32, 8]])
    wild = torch.tensor([[0.0, 0, 1e4, -1e4]])
    both, upper = (DeltaCoder(clamp=clamp).decode(codes=wild, priors=prior)[0] for clamp in ("both", "upper"))
    assert (both[2] - both[0]).item() == pytest.approx(32 * 1000 / 16)
    assert (both[3] - both[1]).item() == pytest.approx(32 / 62.5, rel=1e-4)
    assert (upper[3] - upper[1]).item() == 0
    assert math.log(1000 / 16) == pytest.approx(4.135, abs=1e-3)


def test_anchors_stand_on_corners_of_cells_and_torchvision_fits_the_distance_to_the_canvas() -> None:
    """P6 and P7 of an 800 × 1344 batch are 61 × 61 and 114 × 122 pixels apart, not 64 and 128."""
    exact, fitted = GRID((800, 1344)), retinanet_anchors("torchvision")((800, 1344))
    for priors in (exact, fitted):
        assert all(priors.boxes[grid.start, :2].tolist() == [0, 0] for grid in priors.grids)
    steps = []
    for priors in (exact, fitted):
        for grid in priors.grids[3:]:
            right, below = grid.start + 9, grid.start + 9 * grid.width
            steps.append((priors.boxes[below, 1].item(), priors.boxes[right, 0].item()))
    assert steps[:2] == [(64, 64), (128, 128)]
    assert steps[2:] == [(61, 64), (114, 122)]


def test_an_image_without_usable_anchors_is_no_error() -> None:
    """Published code raises when no anchor lies inside."""
    scene = random_scene(0, counts=(2,), canvas=(32, 32), generate=GRID)
    strict = retinanet_criterion(assigner=MaxIouAssigner(allowed_border=0.0))
    losses = strict(scene.predictions, scene.priors, scene.targets)
    assert losses == {"class": 0, "box": 0}


def test_valid_flags_use_the_padded_size_and_the_border_the_image() -> None:
    """A 60 × 90 image was padded to 64 × 96 before it came into a batch of 96 × 128."""
    none = torch.zeros(0, dtype=torch.int64)
    sizes = torch.tensor([[60, 90]])
    targets = Targets(torch.zeros(0, 4), none, none, none.bool(), 1, image_sizes=sizes)
    plain, strict = (MaxIouAssigner(allowed_border=border)(PRIORS, targets).ignored for border in (None, 0.0))
    assert plain is not None
    assert strict is not None
    centre, far = PRIORS.boxes[:, :2], cxcywh_to_xyxy(PRIORS.boxes)
    assert torch.equal(plain[0], (centre[:, 0] >= 96) | (centre[:, 1] >= 64))
    inside = (far[:, :2] >= 0).all(dim=1) & (far[:, 2] < 90) & (far[:, 3] < 60)
    assert torch.equal(strict[0], ~inside)
