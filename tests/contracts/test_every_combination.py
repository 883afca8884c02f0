"""Any assigner with any sampler, reducer and term works on every batch, whatever lies in it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
import torch
from torch import Tensor

from boxwright.assigners import (
    Assigner,
    BipartiteAssigner,
    MaxIouAssigner,
    ShapeRatioAssigner,
    TaskAlignedAssigner,
    task_aligned_assigner,
)
from boxwright.coders import DeltaCoder, DistributionCoder, SigmoidOffsetCoder
from boxwright.criterion import (
    AttributableTerm,
    BoxRegressionTerm,
    ClassificationTerm,
    CodeRegressionTerm,
    Criterion,
    DistributionTerm,
    LevelBalance,
    MaskTerm,
    ObjectnessTerm,
    PairClassificationTerm,
    Reducer,
    SoftmaxClassificationTerm,
    Term,
)
from boxwright.criterion.matches import gather_matches
from boxwright.losses import AgainstBackground, BinaryCrossEntropy, CrossEntropy, FocalLoss, MaskLoss, PriorFocalLoss
from boxwright.prior_generators import AnchorGrid, PointGrid
from boxwright.reducers import ByPositives, ByQuality, BySamples, PairMean, PerImageMean, PerLevelMean
from boxwright.samplers import BalancedSampler, HardNegatives, KeepAll, Sampler
from boxwright.structures import Assignment, InstanceMasks, MaskPredictions, Predictions, Priors, Targets
from tests.contracts.scenes import random_boxes

CANVAS, CLASSES, BINS, PROTOTYPES = (64, 96), 3, 8, 4
ASSIGNERS: dict[str, Assigner] = {
    "task-aligned": TaskAlignedAssigner(),
    "task-aligned early": task_aligned_assigner("early", guarantee=True),
    "shape ratio": ShapeRatioAssigner(),
    "max IoU": MaxIouAssigner(),
    "max IoU last": MaxIouAssigner(forced="last", ignore_share=None, allowed_border=0.0),
    "max IoU restore": MaxIouAssigner(forced="restore", ignored_may_match=False),
    "bipartite": BipartiteAssigner(),
    "bipartite last": BipartiteAssigner(shared_best="last"),
}
SAMPLERS: dict[str, Sampler] = {
    "all": KeepAll(),
    "hard": HardNegatives(),
    "hard with negatives": HardNegatives(without_positives=5),
    "balanced": BalancedSampler(16, seed=0),
    "balanced covering": BalancedSampler(16, 0.25, 2.0, cover_targets=True),
}
REDUCERS: dict[str, Reducer] = {
    "quality": ByQuality(),
    "positives": ByPositives(),
    "samples": BySamples(),
    "pairs": PairMean(),
    "image": PerImageMean(),
    "level": PerLevelMean(),
}
# by name: how many objects and how many ignored regions each image has
BATCHES: dict[str, list[tuple[int, int]]] = {
    "objects": [(3, 0), (1, 0)],
    "objects and regions": [(2, 1), (3, 2)],
    "one image without": [(0, 0), (4, 0)],
    "regions only": [(0, 2), (0, 1)],
    "no objects": [(0, 0), (0, 0), (0, 0)],
    "no images": [],
}


@dataclass(frozen=True)
class Input:
    """What a head of every kind predicts for a batch; with a background for a softmax."""

    priors: Priors
    predictions: Predictions
    targets: Targets
    leaves: list[Tensor]


def build_input(batch: str, priors: Priors, code_size: int, *, has_background: bool = False) -> Input:
    generator = torch.Generator().manual_seed(0)
    counts = BATCHES[batch]
    leaves: list[Tensor] = []

    def leaf(*shape: int) -> Tensor:
        leaves.append(torch.randn(shape, generator=generator).requires_grad_())
        return leaves[-1]

    def blocks(values: int) -> tuple[Tensor, ...]:
        return tuple(leaf(len(counts), grid.priors_per_cell, values, grid.height, grid.width) for grid in priors.grids)

    prototypes = leaf(len(counts), PROTOTYPES, CANVAS[0] // 4, CANVAS[1] // 4)
    predictions = Predictions(
        blocks(CLASSES + has_background),
        blocks(code_size),
        {"objectness": blocks(1)},
        MaskPredictions(blocks(PROTOTYPES), prototypes),
        has_background=has_background,
    )
    numbers = [objects + regions for objects, regions in counts]
    targets = Targets.from_lists(
        [random_boxes(generator, number, CANVAS, dtype=torch.float32) for number in numbers],
        [torch.randint(CLASSES, (number,), generator=generator) for number in numbers],
        [torch.arange(sum(count)) >= count[0] for count in counts],
    )
    drawn = torch.rand(len(targets), CANVAS[0] // 4, CANVAS[1] // 4, generator=generator) < 0.5
    return Input(priors, predictions, replace(targets, masks=InstanceMasks.from_boolean(drawn, 4)), leaves)


def terms_of(code_size: int, reducer: Reducer, *, has_background: bool) -> tuple[Term, ...]:
    """Gives every term and every loss over priors, as far as a head can feed them."""
    coder: Any = DistributionCoder(BINS) if code_size > 4 else DeltaCoder()
    boxes: tuple[Term, ...] = (
        BoxRegressionTerm(coder.decode, reducer=reducer),
        DistributionTerm(coder, reducer=reducer)
        if code_size > 4
        else CodeRegressionTerm(coder, reducer=reducer, name="code"),
        MaskTerm(reducer=reducer),
        MaskTerm(loss=MaskLoss(resolution="prototypes"), reducer=reducer, is_weighted=True, name="weighted mask"),
        ObjectnessTerm(coder.decode, LevelBalance((4.0, 1.0), is_moving=True)),
    )
    if has_background:
        softmax = SoftmaxClassificationTerm(reducer=reducer)
        return (*boxes, softmax, replace(softmax, loss=PlainSoftmax(), name="plain softmax"))
    losses = (BinaryCrossEntropy(), PriorFocalLoss(), AgainstBackground(FocalLoss()))
    names = [type(loss).__name__ for loss in losses]
    sigmoid = [
        ClassificationTerm(loss=loss, reducer=reducer, name=name) for loss, name in zip(losses, names, strict=True)
    ]
    return (*boxes, *sigmoid, PairClassificationTerm(reducer=reducer, name="pair class"))


class PlainSoftmax:
    """A softmax loss of a stranger, who knows nothing of what samplers rank by."""

    def __call__(self, *columns: Any) -> Tensor:
        return CrossEntropy()(*columns)


def priors_for(assigner: str) -> Priors:
    if assigner.startswith("task"):
        return PointGrid((8, 16))(CANVAS)
    return AnchorGrid((((10.0, 14.0), (30.0, 20.0)), ((60.0, 40.0), (24.0, 50.0))), (8, 16))(CANVAS)


def check(assigner: str, sampler: str, batch: str, *, has_background: bool) -> None:
    code_size = 4 * BINS if assigner.startswith("task") else 4
    given = build_input(batch, priors_for(assigner), code_size, has_background=has_background)
    coder = DistributionCoder(BINS) if code_size > 4 else DeltaCoder()
    terms = terms_of(code_size, PerImageMean(), has_background=has_background)
    criterion = Criterion(ASSIGNERS[assigner], coder.decode, terms, SAMPLERS[sampler])
    outcome = criterion.run(given.predictions, given.priors, given.targets, attribute=True)
    assert outcome.assignment.num_images == len(BATCHES[batch])
    assert set(outcome.losses) == {term.name for term in terms}
    assert outcome.attribution is not None
    for name, loss in outcome.losses.items():
        assert loss.isfinite(), name
        shares = outcome.attribution.targets[name].sum() + outcome.attribution.background[name].sum()
        torch.testing.assert_close(shares, loss.detach(), rtol=1e-3, atol=1e-4)
    torch.stack(list(outcome.losses.values())).sum().backward()
    for leaf in given.leaves:
        assert leaf.grad is not None
        assert leaf.grad.isfinite().all()
    criterion.after_step()
    if not len(BATCHES[batch]):
        assert all(loss == 0 for loss in outcome.losses.values())
    check_reducers(terms, given, outcome.assignment)


def check_reducers(terms: tuple[Term, ...], given: Input, assignment: Assignment) -> None:
    """Every reducer gives a finite number and slopes of the values of every term."""
    matches = gather_matches(given.predictions, given.priors, given.targets, assignment)
    for term in terms:
        assert isinstance(term, AttributableTerm)
        values = term.values(matches).detach().requires_grad_()
        numbers = [reduce(values, assignment, given.priors) for reduce in REDUCERS.values()]
        (slopes,) = torch.autograd.grad(torch.stack(numbers).sum(), values)
        assert all(number.isfinite() for number in numbers)
        assert slopes.isfinite().all()


@pytest.mark.parametrize("batch", BATCHES)
@pytest.mark.parametrize("assigner", ASSIGNERS)
def test_every_sampler_term_and_reducer(assigner: str, batch: str) -> None:
    """Samplers that rank need a term that ranks, which is the softmax."""
    for sampler in SAMPLERS:
        if not sampler.startswith("hard"):
            check(assigner, sampler, batch, has_background=False)
        check(assigner, sampler, batch, has_background=True)


class Exponential:
    """A decoder whose distances are in pixels, whatever the stride: only pixels make sense to it."""

    def decode(self, *, codes: Tensor, priors: Tensor) -> Tensor:
        centre, distance = priors[:, :2], codes.exp()
        return torch.cat((centre - distance[:, :2], centre + distance[:, 2:]), dim=1)


def _box_term(decode: Callable[..., Tensor]) -> Term:
    return BoxRegressionTerm(decode, gain=1.0)


def test_a_decoder_in_pixels_is_called_in_pixels_by_everybody() -> None:
    """Every point inside the only box predicts it exactly; so the quality is 1 and the box costs nothing."""
    priors, box = PointGrid((8,))((64, 64)), torch.tensor([[8.0, 8.0, 40.0, 40.0]])
    centre = priors.boxes[:, :2]
    distances = torch.cat((centre - box[:, :2], box[:, 2:] - centre), dim=1).clamp(min=0.1)
    predictions = Predictions.from_dense(torch.zeros(1, 64, 1), distances.log()[None], priors)
    decode, targets = Exponential().decode, Targets.from_lists([box], [torch.zeros(1)])
    criterion = Criterion(TaskAlignedAssigner(), decode, (_box_term(decode),), times_batch_size=False)
    assert criterion.assign(predictions, priors, targets).quality.min() > 0.999
    assert criterion(predictions, priors, targets)["box"] < 1e-5


@pytest.mark.parametrize("coder", [DeltaCoder(), DistributionCoder(4), SigmoidOffsetCoder()])
def test_every_part_calls_a_coder_in_pixels(coder: Any) -> None:
    """The prior that a coder sees is a row of `Priors.rows`, from every caller."""
    seen: list[Tensor] = []

    class Watched:
        def decode(self, *, codes: Tensor, priors: Tensor) -> Tensor:
            seen.append(priors)
            return coder.decode(codes=codes, priors=priors)

        def encode(self, *, boxes: Tensor, priors: Tensor) -> Tensor:
            seen.append(priors)
            return coder.encode(boxes=boxes, priors=priors)

    priors = PointGrid((8, 16))(CANVAS)
    given = build_input("objects", priors, coder.code_size)
    watched = Watched()
    terms: list[Term] = [BoxRegressionTerm(watched.decode), ObjectnessTerm(watched.decode, LevelBalance((1.0, 1.0)))]
    if coder.code_size == 4:
        terms.append(CodeRegressionTerm(watched, name="code"))
    else:
        terms.append(DistributionTerm(watched))
    Criterion(MaxIouAssigner(), watched.decode, tuple(terms))(given.predictions, priors, given.targets)
    Criterion(TaskAlignedAssigner(), watched.decode, ())(given.predictions, priors, given.targets)
    rows = priors.rows(torch.arange(len(priors)))
    assert len(seen) >= 4
    for found in seen:
        assert (found.unsqueeze(1) == rows).all(dim=2).any(dim=1).all()
