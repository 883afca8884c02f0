from dataclasses import replace

import pytest
import torch
from torch.nn.functional import softplus

from boxwright.criterion import ClassificationTerm
from boxwright.structures import Assignment, Priors
from tests.contracts.term_laws import TermLaws, some_matches


class TestClassification(TermLaws):
    reads = ("class_logits",)

    def make(self) -> ClassificationTerm:
        return ClassificationTerm(gain=1.0)


def test_without_pairs_every_prior_is_background() -> None:
    matches, leaves = some_matches(0)
    wanted = sum(float(softplus(leaf.detach()).sum()) for leaf in leaves["class_logits"])
    assert float(ClassificationTerm(gain=0.5)(matches).detach()) == pytest.approx(0.5 * wanted, rel=1e-5)


def test_ignored_priors_cost_nothing_and_get_no_gradient() -> None:
    matches, leaves = some_matches(0)
    ignored = torch.zeros(2, len(matches.priors), dtype=torch.bool)
    ignored[1, :10] = True
    term = ClassificationTerm(gain=1.0)
    fewer = term(replace(matches, assignment=replace(matches.assignment, ignored=ignored)))
    finest = leaves["class_logits"][0]
    spared = softplus(finest[1, 0].flatten(1)[:, :10]).sum()
    torch.testing.assert_close(fewer, term(matches) - spared)
    fewer.backward()
    assert finest.grad is not None
    zero = (finest.grad == 0)[:, 0].all(dim=1).flatten(1)
    assert zero.tolist() == ignored[:, : zero.shape[1]].tolist()


def test_published_gain_and_name() -> None:
    assert ClassificationTerm().name == "class"
    assert ClassificationTerm().gain == pytest.approx(0.5)


def test_priors_in_pairs_can_have_another_weight() -> None:
    matches, _ = some_matches(9)
    seen = []

    def reduce(values: torch.Tensor, assignment: Assignment, priors: Priors) -> torch.Tensor:
        seen.append(values.detach())
        return values.sum()

    for weight in (1.0, 3.0):
        ClassificationTerm(positive_weight=weight, reducer=reduce)(matches)
    positive = torch.zeros_like(seen[0], dtype=torch.bool)
    positive[matches.assignment.image, matches.assignment.prior] = True
    torch.testing.assert_close(seen[1], seen[0].where(~positive, 3 * seen[0]))
