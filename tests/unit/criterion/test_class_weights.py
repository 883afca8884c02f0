"""Weights of classes, against the plain formula."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from boxwright.criterion import ClassificationTerm, Matches, PairClassificationTerm, SoftmaxClassificationTerm
from boxwright.kernels.choice import VARIABLE
from boxwright.losses import AgainstBackground, FocalLoss, PriorFocalLoss
from boxwright.structures import Assignment, Priors
from tests.contracts.term_laws import some_matches

WEIGHTS = (0.5, 3.0, 1.25)
Found = tuple[Matches, list[Tensor]]


def _summed(values: Tensor, assignment: Assignment, priors: Priors) -> Tensor:
    return values.sum()


def _matches(*, has_background: bool = False) -> Found:
    matches, leaves = some_matches(12, torch.float64)
    if has_background:
        predictions = replace(matches.predictions, has_background=True)
        matches = replace(matches, predictions=predictions, labels=matches.labels % 2)
    return matches, leaves["class_logits"]


def _dense(matches: Matches) -> Tensor:
    """All logits, batch × priors × values."""
    images, priors = matches.assignment.num_images, matches.assignment.num_priors
    image, prior = torch.arange(images).repeat_interleave(priors), torch.arange(priors).repeat(images)
    return matches.predictions.class_logits_at(image, prior).view(images, priors, -1)


def _rows(matches: Matches) -> list[tuple[int, int, int, float]]:
    found = matches.assignment
    return list(
        zip(found.image.tolist(), found.prior.tolist(), matches.labels.tolist(), found.quality.tolist(), strict=True)
    )


def _weights(matches: Matches) -> Tensor:
    """A weight per prior: that of its pair, the largest of several, 1 for background."""
    found = torch.ones(matches.assignment.num_images, matches.assignment.num_priors, dtype=torch.float64)
    seen: dict[tuple[int, int], float] = {}
    for image, prior, label, _ in _rows(matches):
        seen[image, prior] = max(seen.get((image, prior), 0.0), WEIGHTS[label])
        found[image, prior] = seen[image, prior]
    return found


def _soft(matches: Matches, shape: torch.Size) -> Tensor:
    labels = torch.zeros(shape, dtype=torch.float64)
    for image, prior, label, quality in _rows(matches):
        labels[image, prior, label] += quality
    return labels


def _bce(matches: Matches) -> Tensor:
    logits = _dense(matches)
    labels = _soft(matches, logits.shape)
    values = binary_cross_entropy_with_logits(logits, labels, reduction="none").sum(dim=2)
    return (values * _weights(matches)).sum()


def _focal(matches: Matches) -> Tensor:
    logits = _dense(matches)
    values = FocalLoss(2.0, 0.25)(logits, _soft(matches, logits.shape)).sum(dim=2)
    return (values * _weights(matches)).sum()


def _softmax(matches: Matches) -> Tensor:
    logits = _dense(matches)
    labels = torch.zeros_like(logits)
    labels[..., 0] = 1
    for image, prior, label, quality in _rows(matches):
        labels[image, prior, label + 1] += quality
        labels[image, prior, 0] -= quality
    values = cross_entropy(logits.flatten(0, 1), labels.flatten(0, 1), reduction="none").view(logits.shape[:2])
    return (values * _weights(matches)).sum()


def _pairs(matches: Matches) -> Tensor:
    logits = matches.predictions.class_logits_at(matches.assignment.image, matches.assignment.prior)
    total = logits.new_zeros(())
    for row, (_, _, label, quality) in enumerate(_rows(matches)):
        hot = torch.zeros(3, dtype=torch.float64)
        hot[label] = quality
        total = total + WEIGHTS[label] * binary_cross_entropy_with_logits(logits[row], hot)
    return total


KINDS: dict[str, tuple[Any, Callable[[Matches], Tensor], bool]] = {
    "bce": (ClassificationTerm(gain=1.0, reducer=_summed), _bce, False),
    "focal": (ClassificationTerm(gain=1.0, loss=PriorFocalLoss(2.0, 0.25), reducer=_summed), _focal, False),
    "focal against background": (
        ClassificationTerm(gain=1.0, loss=AgainstBackground(FocalLoss(2.0, 0.25)), reducer=_summed),
        _focal,
        False,
    ),
    "softmax": (SoftmaxClassificationTerm(reducer=_summed), _softmax, True),
    "pairs": (PairClassificationTerm(gain=1.0, reducer=_summed), _pairs, False),
}


@pytest.mark.parametrize("kernels", ["reference", "sparse"])
@pytest.mark.parametrize("kind", KINDS)
def test_is_the_plain_formula_with_its_gradient(kind: str, kernels: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, kernels)
    term, plain, has_background = KINDS[kind]
    matches, leaves = _matches(has_background=has_background)
    found = replace(term, class_weights=WEIGHTS)(matches)
    wanted = plain(matches)
    torch.testing.assert_close(found, wanted)
    assert not torch.isclose(found, term(matches)), "the weights matter"
    theirs = torch.autograd.grad(wanted, leaves, allow_unused=True)
    torch.testing.assert_close(torch.autograd.grad(found, leaves, allow_unused=True), theirs)


def test_where_a_sampler_has_ranked_the_weights_are_the_same() -> None:
    term = replace(KINDS["softmax"][0], class_weights=WEIGHTS)
    matches, leaves = _matches(has_background=True)
    ranked = replace(matches, ranking=term.ranking(matches.predictions))
    found, wanted = term(ranked), term(matches)
    torch.testing.assert_close(found, wanted)
    torch.testing.assert_close(torch.autograd.grad(found, leaves), torch.autograd.grad(wanted, leaves))


@pytest.mark.parametrize("kind", KINDS)
def test_weights_of_1_change_no_bit(kind: str) -> None:
    term, _, has_background = KINDS[kind]
    matches, leaves = _matches(has_background=has_background)
    losses = [each(matches) for each in (term, replace(term, class_weights=(1.0, 1.0, 1.0)))]
    assert torch.equal(*losses)
    gradients = [torch.autograd.grad(loss, leaves, allow_unused=True) for loss in losses]
    assert all(one is other is None or torch.equal(one, other) for one, other in zip(*gradients, strict=True))


def test_without_pairs_nothing_is_weighted() -> None:
    matches, _ = some_matches(0)
    term = ClassificationTerm()
    assert torch.equal(term(matches), replace(term, class_weights=WEIGHTS)(matches))
    assert PairClassificationTerm(class_weights=WEIGHTS)(matches) == 0
