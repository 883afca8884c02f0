"""The shares of objects and background sum up to the losses, for every system."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
import torch
from torch import Tensor

from boxwright.assigners import task_aligned_assigner
from boxwright.coders import DistributionCoder
from boxwright.criterion import (
    Attribution,
    BoxRegressionTerm,
    ClassificationTerm,
    Criterion,
    DistributionTerm,
    MaskTerm,
    Matches,
    retinanet_criterion,
    ssd_criterion,
    yolov5_criterion,
)
from boxwright.errors import ConfigError
from boxwright.losses import MaskLoss
from boxwright.prior_generators import DEFAULT_BOXES, AnchorGrid, PointGrid, retinanet_anchors
from boxwright.reducers import PerImageMean
from boxwright.samplers import BalancedSampler
from boxwright.structures import InstanceMasks, MaskPredictions, Predictions, Priors, Targets

CLASSES, BATCH, PROTOTYPES, BINS = 3, 3, 4, 16
CANVAS = (96, 128)
ANCHORS = (((8.0, 10.0), (16.0, 20.0)), ((24.0, 30.0), (40.0, 30.0)))


@dataclass(frozen=True)
class Case:
    """One system, as far as its losses go."""

    criterion: Criterion
    generate: Callable[..., Priors]
    code_size: int = 4
    canvas: tuple[int, int] = CANVAS
    has_background: bool = False
    has_objectness: bool = False
    has_masks: bool = False


def yolov8(*extra: MaskTerm) -> Criterion:
    coder = DistributionCoder(BINS)
    terms = (BoxRegressionTerm(coder.decode), ClassificationTerm(), DistributionTerm(coder), *extra)
    return Criterion(task_aligned_assigner(), coder.decode, terms)


def yolov5(**options: object) -> Case:
    criterion = yolov5_criterion(CLASSES, strides=(8, 16), **options)  # type: ignore[arg-type]
    return Case(criterion, AnchorGrid(ANCHORS, (8, 16)), has_objectness=True)


SSD = Case(ssd_criterion(), DEFAULT_BOXES["ssd_tiny"], canvas=(224, 224), has_background=True)
POINTS = PointGrid()
EARLY = MaskTerm(loss=MaskLoss(resolution="prototypes", encoding="index_map"), reducer=PerImageMean())
CASES = {
    "ssd": SSD,
    "ssd, negatives everywhere": replace(SSD, criterion=ssd_criterion(negatives_without_positives=5)),
    "ssd, tutorial": replace(SSD, criterion=ssd_criterion(dialect="tiny")),
    "retinanet": Case(retinanet_criterion(), retinanet_anchors()),
    "retinanet, torchvision": Case(retinanet_criterion(dialect="torchvision"), retinanet_anchors("torchvision")),
    "retinanet, mmdetection": Case(
        retinanet_criterion(dialect="mmdetection", box_loss="giou", positive_weight=2.0), retinanet_anchors()
    ),
    "retinanet, sampled": Case(retinanet_criterion(sampler=BalancedSampler(32)), retinanet_anchors()),
    "yolov5": yolov5(),
    "yolov5, focal": yolov5(focal_gamma=1.5, label_smoothing=0.1),
    "yolov5, repeated pairs": yolov5(repeats=True, duplicates="last"),
    "yolov8": Case(yolov8(), POINTS, code_size=4 * BINS),
    "yolov8-seg": Case(yolov8(MaskTerm()), POINTS, code_size=4 * BINS, has_masks=True),
    "yolov8-seg, early": Case(yolov8(EARLY), POINTS, code_size=4 * BINS, has_masks=True),
}
SCENES = {
    "objects everywhere": ((4, 7, 1), False),
    "an image without objects": ((5, 0, 3), False),
    "ignored regions": ((5, 4, 3), True),
    "no targets": ((0, 0, 0), False),
}


def some_targets(case: Case, counts: tuple[int, ...], ignore: bool) -> Targets:
    generator = torch.Generator().manual_seed(3)
    height, width = case.canvas
    boxes, labels, flags = [], [], []
    for count in counts:
        sides = 12 + torch.rand(count, 2, generator=generator) * 50
        corner = torch.rand(count, 2, generator=generator) * (torch.tensor([width, height]) - sides)
        boxes.append(torch.cat((corner, corner + sides), dim=1))
        labels.append(torch.randint(CLASSES, (count,), generator=generator))
        flags.append((torch.arange(count) % 3 == 1) & ignore)
    targets = Targets.from_lists(boxes, labels, flags)
    if not case.has_masks:
        return targets
    drawn = torch.rand(len(targets), height // 4, width // 4, generator=generator) < 0.5
    return replace(targets, masks=InstanceMasks.from_boolean(drawn, 4))


def some_predictions(case: Case, priors: Priors) -> tuple[Predictions, list[Tensor]]:
    generator = torch.Generator().manual_seed(5)
    leaves: list[Tensor] = []

    def blocks(values: int) -> tuple[Tensor, ...]:
        made = tuple(
            torch.randn(BATCH, grid.priors_per_cell, values, grid.height, grid.width, generator=generator)
            for grid in priors.grids
        )
        leaves.extend(block.requires_grad_() for block in made)
        return made

    height, width = case.canvas
    masks = None
    if case.has_masks:
        leaves.append(torch.randn(BATCH, PROTOTYPES, height // 4, width // 4, generator=generator).requires_grad_())
        masks = MaskPredictions(blocks(PROTOTYPES), leaves[0])
    logits, codes = blocks(CLASSES + case.has_background), blocks(case.code_size)
    further = {"objectness": blocks(1)} if case.has_objectness else {}
    return Predictions(logits, codes, further, masks, has_background=case.has_background), leaves


def shares(attribution: Attribution, name: str) -> Tensor:
    return attribution.targets[name].sum() + attribution.background[name].sum()


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("name", CASES)
def test_the_shares_sum_up_to_the_losses(name: str, scene: str) -> None:
    case, (counts, ignore) = CASES[name], SCENES[scene]
    priors = case.generate(case.canvas)
    predictions, _ = some_predictions(case, priors)
    targets = some_targets(case, counts, ignore)
    outcome = case.criterion.run(predictions, priors, targets, attribute=True)
    found = outcome.attribution
    assert found is not None
    assert list(found.targets) == list(found.background) == list(outcome.losses)
    for loss_name, loss in outcome.losses.items():
        assert found.targets[loss_name].shape == (len(targets),)
        assert found.background[loss_name].shape == (BATCH,)
        torch.testing.assert_close(shares(found, loss_name), loss.detach(), rtol=1e-5, atol=1e-6)
        assert not found.targets[loss_name][targets.ignore].any()
    served = torch.zeros(len(targets), dtype=torch.bool)
    served[outcome.assignment.target] = True
    total = torch.stack(list(found.targets.values())).sum(dim=0)
    assert ((total != 0) == served).all()


@pytest.mark.parametrize("name", CASES)
def test_asking_changes_neither_losses_nor_gradients(name: str) -> None:
    case = CASES[name]
    priors = case.generate(case.canvas)
    targets = some_targets(case, (5, 0, 3), ignore=True)
    results = []
    for attribute in (False, True):
        torch.manual_seed(0)
        predictions, leaves = some_predictions(case, priors)
        losses = case.criterion.run(predictions, priors, targets, attribute=attribute).losses
        torch.stack(list(losses.values())).sum().backward()
        results.append((losses, leaves))
    (plain, plain_leaves), (asked, asked_leaves) = results
    assert all(torch.equal(plain[key], asked[key]) for key in plain)
    assert all(torch.equal(one.grad, other.grad) for one, other in zip(plain_leaves, asked_leaves, strict=True))


def test_worked_by_hand() -> None:
    """One point per image, one class, all logits 0, quality 1: class (1/2)(ln 2 - 0) for each prior, times 2 images."""
    coder = DistributionCoder(2)
    terms = (BoxRegressionTerm(coder.decode), ClassificationTerm(), DistributionTerm(coder))
    criterion, priors = Criterion(task_aligned_assigner(), coder.decode, terms), PointGrid((8,))((8, 8))
    predictions = Predictions((torch.zeros(2, 1, 1, 1, 1),), (torch.zeros(2, 1, 8, 1, 1),))
    box = torch.tensor([[0.0, 0.0, 8.0, 8.0]])
    targets = Targets.from_lists([box, box[:0]], [torch.zeros(1), torch.zeros(0)])
    found = criterion.attribution(predictions, priors, targets)
    half = torch.tensor(2.0).log()
    torch.testing.assert_close(found.targets["class"], half.expand(1), atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(found.background["class"], torch.stack((half * 0, half)), atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(found.targets["dfl"], 3 * half.expand(1), atol=1e-4, rtol=1e-4)
    assert not found.background["dfl"].any()


def test_a_prior_of_several_targets_is_shared_out_equally() -> None:
    case = CASES["yolov5"]
    priors = case.generate(case.canvas)
    predictions, _ = some_predictions(case, priors)
    box = torch.tensor([[40.0, 40.0, 60.0, 62.0]])
    none = torch.zeros(0, 4)
    twins = Targets.from_lists(
        [torch.cat((box, box)), none, none], [torch.tensor([0, 1]), torch.zeros(0), torch.zeros(0)]
    )
    found = case.criterion.attribution(predictions, priors, twins).targets["objectness"]
    assert found[0] > 0
    assert found[0] == found[1]


def test_a_background_prior_costs_its_own_image() -> None:
    case = CASES["yolov8"]
    priors = case.generate(case.canvas)
    predictions, _ = some_predictions(case, priors)
    loud = tuple(block.detach().clone() for block in predictions.class_logits)
    for block in loud:
        block[1] += 3
    targets = some_targets(case, (0, 0, 0), ignore=False)
    before = case.criterion.attribution(predictions, priors, targets).background["class"]
    after = case.criterion.attribution(replace(predictions, class_logits=loud), priors, targets).background["class"]
    assert (before == after).tolist() == [True, False, True]


def test_a_call_is_what_the_balance_goes_by() -> None:
    moved = []
    for attribute in (False, True):
        case = yolov5(autobalance=True)
        priors = case.generate(case.canvas)
        predictions, _ = some_predictions(case, priors)
        case.criterion.run(predictions, priors, some_targets(case, (5, 0, 3), ignore=False), attribute=attribute)
        case.criterion.after_step()
        moved.append(case.criterion.state_dict()["objectness"]["weights"])
    assert torch.equal(*moved)


def test_nothing_is_shared_out_unless_asked_for() -> None:
    case = CASES["yolov8"]
    priors = case.generate(case.canvas)
    predictions, _ = some_predictions(case, priors)
    outcome = case.criterion.run(predictions, priors, some_targets(case, (5, 0, 3), ignore=False))
    assert outcome.attribution is None
    assert len(outcome.assignment)


def test_half_predictions_are_shared_out_in_float32() -> None:
    case = CASES["yolov8"]
    priors = case.generate(case.canvas)
    predictions, _ = some_predictions(case, priors)
    half = replace(
        predictions,
        class_logits=tuple(block.detach().bfloat16() for block in predictions.class_logits),
        box_codes=tuple(block.detach().bfloat16() for block in predictions.box_codes),
    )
    found = case.criterion.attribution(half, priors, some_targets(case, (5, 0, 3), ignore=False))
    assert {column.dtype for column in (*found.targets.values(), *found.background.values())} == {torch.float32}


def test_a_term_of_one_number_says_why_not() -> None:
    class Norm:
        name = "norm"

        def __call__(self, matches: Matches) -> Tensor:
            return matches.box_codes.square().sum()

    case = CASES["yolov8"]
    priors = case.generate(case.canvas)
    predictions, _ = some_predictions(case, priors)
    criterion = replace(case.criterion, terms=(*case.criterion.terms, Norm()))
    targets = some_targets(case, (5, 0, 3), ignore=False)
    assert "norm" in criterion(predictions, priors, targets)
    with pytest.raises(ConfigError, match=r"The loss of norm cannot be shared out"):
        criterion.attribution(predictions, priors, targets)
