from dataclasses import replace

import pytest
import torch
from torch import Tensor

from boxwright.assigners import TaskAlignedAssigner
from boxwright.criterion import (
    BoxRegressionTerm,
    Criterion,
    CriterionLike,
    DualCriterion,
    yolov8_criterion,
    yolov8_e2e_criterion,
)
from boxwright.criterion.criterion_like import state_of
from boxwright.errors import ShapeError
from boxwright.losses import WiseIoULoss
from boxwright.prior_generators import PointGrid
from boxwright.structures import Predictions, Targets
from boxwright.structures.dual_predictions import many_of, with_many

PRIORS = PointGrid((8, 16))((64, 64))
TARGETS = Targets.from_lists(
    [torch.tensor([[4.0, 4.0, 40.0, 44.0], [30.0, 20.0, 60.0, 60.0]]), torch.zeros(0, 4)],
    [torch.tensor([0, 2]), torch.zeros(0)],
)


def drawn(seed: int) -> tuple[Predictions, list[Tensor]]:
    generator = torch.Generator().manual_seed(seed)
    leaves = [torch.randn(2, len(PRIORS), size, generator=generator).requires_grad_() for size in (3, 32)]
    return Predictions.from_dense(*leaves, PRIORS), leaves


def made() -> DualCriterion:
    return yolov8_e2e_criterion(reg_max=8)


def test_it_is_the_sum_of_both_under_names_of_their_own() -> None:
    (one, _), (many, _) = drawn(0), drawn(1)
    losses = made()(with_many(one, many), PRIORS, TARGETS)
    assert list(losses) == ["box", "class", "dfl", "one_box", "one_class", "one_dfl"]
    usual = yolov8_criterion(reg_max=8)(many, PRIORS, TARGETS)
    assert all(torch.equal(losses[name], usual[name]) for name in usual)
    alone = made().one.run(one, PRIORS, TARGETS).losses
    assert all(torch.equal(losses[f"one_{name}"], alone[name]) for name in alone)


def test_of_many_the_ten_best_and_of_one_the_best_by_the_same_measure() -> None:
    criterion = made()
    assert isinstance(criterion.many.assigner, TaskAlignedAssigner)
    assert isinstance(criterion.one.assigner, TaskAlignedAssigner)
    many, one = criterion.many.assigner, criterion.one.assigner
    assert (many.topk, one.topk) == (10, 1)
    assert (many.alpha, many.beta, many.small_side) == (one.alpha, one.beta, one.small_side)
    predictions, _ = drawn(0)
    found = criterion.assign(predictions, PRIORS, TARGETS)
    assert found.target.tolist() == [0, 1] or found.target.tolist() == [1, 0]
    several = criterion.many.assign(predictions, PRIORS, TARGETS)
    pairs = set(zip(several.target.tolist(), several.prior.tolist(), strict=True))
    assert set(zip(found.target.tolist(), found.prior.tolist(), strict=True)) <= pairs, "the metrics are consistent"


def test_in_evaluation_there_are_the_losses_of_one_alone() -> None:
    predictions, leaves = drawn(0)
    assert many_of(predictions) is None
    losses = made()(predictions, PRIORS, TARGETS)
    assert list(losses) == ["one_box", "one_class", "one_dfl"]
    torch.stack(list(losses.values())).sum().backward()
    assert all(leaf.grad is not None for leaf in leaves)


def test_what_is_said_of_the_whole_is_said_of_the_head_for_one() -> None:
    criterion = made()
    assert isinstance(criterion, CriterionLike)
    assert criterion.assigner is criterion.one.assigner
    assert (criterion.decode, criterion.reaches) == (criterion.one.decode, criterion.many.reaches)
    assert criterion.times_batch_size
    assert state_of(criterion).state_dict() == {}
    outcome = criterion.run(with_many(drawn(0)[0], drawn(1)[0]), PRIORS, TARGETS)
    assert torch.equal(outcome.assignment.prior, criterion.assign(drawn(0)[0], PRIORS, TARGETS).prior)


@pytest.mark.parametrize("has_many", [True, False])
def test_losses_are_shared_out(has_many: bool) -> None:
    (one, _), (many, _) = drawn(0), drawn(1)
    predictions = with_many(one, many) if has_many else one
    outcome = made().run(predictions, PRIORS, TARGETS, attribute=True)
    shares = outcome.attribution
    assert shares is not None
    assert shares.targets.keys() == shares.background.keys() == outcome.losses.keys()
    for name, loss in outcome.losses.items():
        torch.testing.assert_close(shares.targets[name].sum() + shares.background[name].sum(), loss.detach())


def test_states_of_both_move_and_come_back() -> None:
    def remembering() -> DualCriterion:
        halves = []
        for half in (made().many, made().one):
            assert isinstance(half, Criterion)
            halves.append(replace(half, terms=(BoxRegressionTerm(half.decode, loss=WiseIoULoss()), *half.terms[1:])))
        return DualCriterion(*halves)

    criterion, other = remembering(), remembering()
    before = criterion.state_dict()
    assert before.keys() == {"many.box", "one.box"}
    criterion(with_many(drawn(0)[0], drawn(1)[0]), PRIORS, TARGETS)
    criterion.after_step()
    after = criterion.state_dict()
    assert all(not torch.equal(before[part][key], after[part][key]) for part in after for key in after[part])
    other.load_state_dict(after)
    assert all(torch.equal(other.state_dict()[part][key], after[part][key]) for part in after for key in after[part])
    for wrong in ({"box": after["one.box"]}, {"many.box": after["many.box"]}):
        with pytest.raises(ShapeError, match="Resume with the options that the"):
            other.load_state_dict(wrong)
