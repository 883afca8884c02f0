from dataclasses import replace
from typing import Literal

import pytest
import torch
from torch.nn.functional import softplus

from boxwright.coders import SigmoidOffsetCoder
from boxwright.criterion import LevelBalance, ObjectnessTerm
from boxwright.criterion.matches import Matches, gather_matches
from boxwright.errors import ConfigError, ShapeError
from boxwright.geometry.overlaps import aligned_exact_ciou
from boxwright.prior_generators import AnchorGrid
from boxwright.structures import Predictions, Targets
from tests.contracts.assignments import assignment_of
from tests.contracts.term_laws import TermLaws, some_matches

DECODE = SigmoidOffsetCoder().decode
EVEN = LevelBalance((1.0,))


class TestObjectness(TermLaws):
    reads = ("objectness",)
    code_size = 4

    def make(self) -> ObjectnessTerm:
        return ObjectnessTerm(DECODE, gain=1.0)


def one_cell(boxes: list[list[float]], order: list[int] | None = None) -> tuple[Matches, torch.Tensor]:
    """One cell with one anchor of 8 × 8, predicted exactly there; every box is paired with it, in the given order."""
    priors = AnchorGrid((((8.0, 8.0),),), (8,))((8, 8))
    logit = torch.zeros(1, 1, 1, 1, 1, requires_grad=True)
    zeros = torch.zeros(1, 1, 1, 1, 1)
    predictions = Predictions((zeros,), (zeros.expand(1, 1, 4, 1, 1),), {"objectness": (logit,)})
    targets = Targets.from_lists([torch.tensor(boxes)], [torch.zeros(len(boxes))])
    row = torch.tensor(order or list(range(len(boxes))))
    assignment = assignment_of(row * 0, row * 0, row, torch.ones(len(row)))
    return gather_matches(predictions, priors, targets, assignment), logit


def label_of(matches: Matches, logit: torch.Tensor, term: ObjectnessTerm) -> float:
    """Reads the label off the gradient, which is σ(0) − label."""
    (gradient,) = torch.autograd.grad(term(matches), logit)
    return 0.5 - float(gradient)


SAME, HALF = [0.0, 0.0, 8.0, 8.0], [0.0, 0.0, 8.0, 4.0]


def test_the_label_is_the_overlap_of_the_prediction() -> None:
    term = ObjectnessTerm(DECODE, EVEN)
    assert label_of(*one_cell([SAME]), term) == pytest.approx(1.0)
    matches, logit = one_cell([HALF])
    wanted = aligned_exact_ciou(torch.tensor([SAME]) / 8, torch.tensor([HALF]) / 8)
    assert label_of(matches, logit, term) == pytest.approx(wanted.item(), abs=1e-6)


@pytest.mark.parametrize("duplicates", ["largest", "last"])
def test_the_label_is_not_below_zero(duplicates: Literal["largest", "last"]) -> None:
    """The CIoU of boxes far apart is."""
    term = ObjectnessTerm(DECODE, EVEN, duplicates=duplicates)
    assert label_of(*one_cell([[90.0, 0.0, 98.0, 8.0]]), term) == pytest.approx(0.0, abs=1e-7)


@pytest.mark.parametrize("order", [[0, 1], [1, 0]])
def test_of_duplicates_at_one_prior_the_largest_overlap_wins(order: list[int]) -> None:
    assert label_of(*one_cell([SAME, HALF], order), ObjectnessTerm(DECODE, EVEN)) == pytest.approx(1.0)


@pytest.mark.parametrize("order", [[0, 1], [1, 0]])
def test_the_last_writer_wins_only_if_asked(order: list[int]) -> None:
    matches, logit = one_cell([SAME, HALF], order)
    is_one = label_of(matches, logit, ObjectnessTerm(DECODE, EVEN, duplicates="last")) > 0.99
    assert is_one == (order[-1] == 0)


def test_the_overlap_is_not_differentiated() -> None:
    matches, leaves = some_matches(9, code_size=4)
    ObjectnessTerm(DECODE)(matches).backward()
    assert all(leaf.grad is None for leaf in leaves["box_codes"])


def test_without_pairs_every_prior_is_background_and_levels_have_weights() -> None:
    matches, leaves = some_matches(0, code_size=4)
    means = [float(softplus(leaf.detach()).mean()) for leaf in leaves["objectness"]]
    wanted = 4 * means[0] + means[1] + 0.4 * means[2]
    assert float(ObjectnessTerm(DECODE)(matches).detach()) == pytest.approx(wanted, rel=1e-5)


def test_ignored_priors_cost_nothing_and_get_no_gradient() -> None:
    matches, leaves = some_matches(0, code_size=4)
    ignored = torch.zeros(2, len(matches.priors), dtype=torch.bool)
    ignored[1, :10] = True
    term = ObjectnessTerm(DECODE)
    fewer = term(replace(matches, assignment=replace(matches.assignment, ignored=ignored)))
    finest = leaves["objectness"][0]
    spared = 4 * softplus(finest[1, 0, 0].flatten()[:10]).sum() / (2 * matches.priors.grids[0].num_priors)
    torch.testing.assert_close(fewer, term(matches) - spared)
    fewer.backward()
    assert finest.grad is not None
    zero = (finest.grad == 0)[:, 0, 0].flatten(1)
    assert zero.tolist() == ignored[:, : zero.shape[1]].tolist()


def test_gain_may_follow_the_canvas() -> None:
    """The canvas is 64 × 96."""
    matches, _ = some_matches(9, code_size=4)
    plain = ObjectnessTerm(DECODE, gain=2.0)(matches)
    scaled = ObjectnessTerm(DECODE, gain=2.0, gain_canvas=(640, 640))(matches)
    torch.testing.assert_close(scaled, plain * 64 * 96 / 640**2)


def test_state_moves_after_a_step_only() -> None:
    term = ObjectnessTerm(DECODE, LevelBalance((4.0, 1.0, 0.4), is_moving=True))
    matches, _ = some_matches(9, code_size=4)
    assert torch.equal(term(matches), term(matches))
    before = term.balance.state_dict()["weights"]
    term.balance.after_step()
    assert not torch.equal(before, term.balance.state_dict()["weights"])


def test_a_head_without_objectness_is_an_error() -> None:
    matches, _ = some_matches(3, code_size=4)
    without = replace(matches.predictions, further={})
    with pytest.raises(ShapeError, match="no further levels 'objectness'; found: none"):
        ObjectnessTerm(DECODE)(replace(matches, predictions=without))


def test_unknown_rule_for_duplicates() -> None:
    with pytest.raises((ConfigError, TypeError), match="duplicates"):
        ObjectnessTerm(DECODE, duplicates="large")  # type: ignore[arg-type]
