"""The laws of every reducer. A unit test subclasses `ReducerLaws` and inherits the tests."""

import torch

from boxwright.criterion import Reducer
from boxwright.prior_generators import PointGrid
from boxwright.structures import Assignment
from tests.contracts.assignments import assignment_of

PRIORS = PointGrid((8, 16))((32, 48))
"""24 priors on the finer level, 6 on the coarser."""


def some_assignment(pairs: int, quality: float = 0.5) -> Assignment:
    """All pairs are in the first of two images; nothing is ignored."""
    index, ignored = torch.arange(pairs), torch.zeros(2, len(PRIORS), dtype=torch.bool)
    return assignment_of(index * 0, index, index, torch.full((pairs,), quality), ignored)


class ReducerLaws:
    """Hook: `make`."""

    def make(self) -> Reducer:
        raise NotImplementedError

    def test_is_a_part(self) -> None:
        assert isinstance(self.make(), Reducer)
        assert self.make() == self.make()

    def test_gives_one_number_from_values_per_pair_and_per_prior(self) -> None:
        for values in (torch.rand(7), torch.rand(2, 30)):
            assert self.make()(values, some_assignment(7), PRIORS).shape == ()

    def test_is_linear_in_the_values(self) -> None:
        generator = torch.Generator().manual_seed(0)
        one, other = (torch.rand(7, generator=generator) for _ in range(2))
        reduce, assignment = self.make(), some_assignment(7)
        torch.testing.assert_close(
            reduce(2 * one + other, assignment, PRIORS),
            2 * reduce(one, assignment, PRIORS) + reduce(other, assignment, PRIORS),
        )

    def test_nothing_gives_zero_with_a_gradient(self) -> None:
        values = torch.zeros(0, requires_grad=True)
        result = self.make()(values, some_assignment(0), PRIORS)
        assert result == 0
        result.backward()
        assert values.grad is not None

    def test_priors_without_any_pair_give_a_finite_number_and_gradient(self) -> None:
        values = torch.rand(2, 30, requires_grad=True)
        result = self.make()(values, some_assignment(0), PRIORS)
        result.backward()
        assert result.isfinite()
        assert values.grad is not None
        assert values.grad.isfinite().all()

    def test_pairs_of_no_quality_give_a_finite_number(self) -> None:
        assert self.make()(torch.rand(5), some_assignment(5, quality=0.0), PRIORS).isfinite()
