"""The laws of every term of the loss. A unit test subclasses `TermLaws` and inherits the tests."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from boxwright.coders import DistributionCoder
from boxwright.criterion import AttributableTerm, Matches, Term
from boxwright.criterion.matches import gather_matches
from boxwright.structures import Assignment, Predictions
from tests.contracts.scenes import random_scene

BINS = 8


class TermLaws:
    """Hooks: `make`, with a gain of 1; `reads` names the predictions that the term differentiates.

    `code_size` is how many numbers the coder of the term reads.
    """

    reads: tuple[str, ...] = ("class_logits", "box_codes")
    code_size = 4 * BINS

    def make(self) -> Any:
        raise NotImplementedError

    def matches(self, pairs: int, dtype: torch.dtype = torch.float32) -> tuple[Matches, dict[str, list[Tensor]]]:
        return some_matches(pairs, dtype, self.code_size)

    def test_is_a_part_with_a_name(self) -> None:
        assert isinstance(self.make(), Term)
        assert self.make().name

    def test_is_a_linear_reduction_of_values(self) -> None:
        """So that a loss can be shared out to objects."""
        term, (matches, _) = self.make(), self.matches(9)
        assert isinstance(term, AttributableTerm)
        values = term.values(matches).detach()
        assert values.shape in ((9,), (2, len(matches.priors)))
        assert torch.equal(term.reduce(values, matches), term(matches))
        other = torch.rand(values.shape, generator=torch.Generator().manual_seed(0))
        summed = 2 * term.reduce(values, matches) + term.reduce(other, matches)
        torch.testing.assert_close(term.reduce(2 * values + other, matches), summed)

    def test_gives_one_finite_number_not_below_zero(self) -> None:
        value = self.make()(self.matches(9)[0])
        assert value.shape == ()
        assert value.isfinite()
        assert value > 0

    def test_gain_multiplies(self) -> None:
        matches, _ = self.matches(9)
        torch.testing.assert_close(replace(self.make(), gain=3.0)(matches), 3 * self.make()(matches))

    @pytest.mark.parametrize("pairs", [0, 9])
    def test_everything_that_it_reads_gets_a_finite_gradient(self, pairs: int) -> None:
        matches, leaves = self.matches(pairs)
        value = self.make()(matches)
        assert value.isfinite()
        value.backward()
        for name in self.reads:
            for leaf in leaves[name]:
                assert leaf.grad is not None
                assert leaf.grad.isfinite().all()
        if pairs:
            assert any(leaf.grad is not None and leaf.grad.any() for name in self.reads for leaf in leaves[name])

    @pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
    def test_half_predictions_are_read_in_float32(self, dtype: torch.dtype) -> None:
        matches, leaves = self.matches(9, dtype)
        value = self.make()(matches)
        assert value.dtype == torch.float32
        value.backward()
        for name in self.reads:
            assert all(leaf.grad is not None and leaf.grad.isfinite().all() for leaf in leaves[name])

    def test_does_not_depend_on_the_order_of_pairs(self) -> None:
        matches, _ = self.matches(9)
        value = self.make()(matches)
        found = matches.assignment
        turned = found.take(torch.arange(len(found)).flip(0), found.ignored)
        other = gather_matches(matches.predictions, matches.priors, matches.targets, turned)
        torch.testing.assert_close(self.make()(other), value)


def some_matches(
    pairs: int, dtype: torch.dtype = torch.float32, code_size: int = 4 * BINS
) -> tuple[Matches, dict[str, list[Tensor]]]:
    """Pairs some priors with some targets; gives the leaves that collect gradients, by name."""
    scene = random_scene(4, counts=(3, 2))
    generator = torch.Generator().manual_seed(7)
    leaves: dict[str, list[Tensor]] = {"class_logits": [], "box_codes": [], "objectness": []}
    for grid in scene.priors.grids:
        for name, values in (("class_logits", 3), ("box_codes", code_size), ("objectness", 1)):
            leaf = torch.randn(2, 1, values, grid.height, grid.width, generator=generator).to(dtype)
            leaves[name].append(leaf.requires_grad_())
    logits, codes, objectness = (tuple(blocks) for blocks in leaves.values())
    leaves["centreness"] = leaves["objectness"]
    predictions = Predictions(logits, codes, {"objectness": objectness, "centreness": objectness})
    target = torch.randint(5, (pairs,), generator=generator)
    prior = torch.randperm(len(scene.priors), generator=generator)[:pairs]
    quality = torch.rand(pairs, generator=generator)
    assignment = Assignment.of_pairs(
        scene.priors, scene.targets, prior=prior, target=target, quality=quality, weight=quality
    )
    return gather_matches(predictions, scene.priors, scene.targets, assignment), leaves


def distribution_coder() -> DistributionCoder:
    return DistributionCoder(BINS)
