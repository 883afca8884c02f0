from dataclasses import replace

import pytest
import torch
from torch import Tensor

from boxwright.criterion import Matches, RankingTerm, SoftmaxClassificationTerm
from boxwright.criterion.matches import gather_matches
from boxwright.errors import ShapeError
from boxwright.losses import CrossEntropy
from boxwright.structures import Predictions
from tests.contracts.term_laws import TermLaws, some_matches


def with_background(pairs: int, dtype: torch.dtype = torch.float32) -> tuple[Matches, dict[str, list[Tensor]]]:
    """The three class logits are background and two classes."""
    matches, leaves = some_matches(pairs, dtype)
    predictions = replace(matches.predictions, has_background=True)
    return replace(matches, predictions=predictions, labels=matches.labels % 2), leaves


class TestSoftmaxClassification(TermLaws):
    reads = ("class_logits",)

    def make(self) -> SoftmaxClassificationTerm:
        return SoftmaxClassificationTerm()

    def matches(self, pairs: int, dtype: torch.dtype = torch.float32) -> tuple[Matches, dict[str, list[Tensor]]]:
        return with_background(pairs, dtype)

    def test_does_not_depend_on_the_order_of_pairs(self) -> None:
        matches, _ = self.matches(9)
        found = matches.assignment
        turned = found.take(torch.arange(len(found)).flip(0), found.ignored)
        other = gather_matches(matches.predictions, matches.priors, matches.targets, turned)
        other = replace(other, labels=matches.labels.flip(0))
        torch.testing.assert_close(self.make()(other), self.make()(matches))


@pytest.mark.parametrize("pairs", [0, 1, 9])
def test_ignored_priors_cost_nothing_and_get_no_gradient(pairs: int) -> None:
    matches, leaves = with_background(pairs)
    ignored = torch.rand(2, len(matches.priors), generator=torch.Generator().manual_seed(0)) < 0.8
    ignored[matches.assignment.image, matches.assignment.prior] = False
    few = replace(matches, assignment=replace(matches.assignment, ignored=ignored))
    term = SoftmaxClassificationTerm()
    found = matches.assignment
    logits = matches.predictions.class_logits
    all_values = CrossEntropy()(logits, found.image, found.prior, matches.labels, found.quality)
    wanted = all_values.masked_fill(ignored, 0).sum() / matches.assignment.quality.sum().clamp(min=1)
    loss = term(few)
    torch.testing.assert_close(loss, wanted)
    theirs = torch.autograd.grad(wanted, leaves["class_logits"])
    torch.testing.assert_close(torch.autograd.grad(loss, leaves["class_logits"]), theirs)


def test_where_everything_is_ignored_the_loss_is_zero_with_a_gradient() -> None:
    matches, leaves = with_background(0)
    ignored = torch.ones(2, len(matches.priors), dtype=torch.bool)
    loss = SoftmaxClassificationTerm()(replace(matches, assignment=replace(matches.assignment, ignored=ignored)))
    loss.backward()
    assert loss == 0
    assert all(leaf.grad is not None and not leaf.grad.any() for leaf in leaves["class_logits"])


def test_ranks_priors_by_what_they_cost_as_background() -> None:
    term = SoftmaxClassificationTerm()
    assert isinstance(term, RankingTerm)
    matches, _ = with_background(0)
    values = term.ranking(matches.predictions).prior_values
    assert values.shape == (2, len(matches.priors))
    torch.testing.assert_close(values.sum(), term(matches))


def test_predictions_without_background_are_refused() -> None:
    matches, _ = some_matches(3)
    assert isinstance(matches.predictions, Predictions)
    with pytest.raises(ShapeError, match="no logit of the background"):
        SoftmaxClassificationTerm()(matches)
