from dataclasses import replace

import pytest
import torch

from boxwright.reducers import ByPositives, BySamples
from tests.contracts.assignments import assignment_of
from tests.contracts.reducer_laws import PRIORS, ReducerLaws

# Image 0 has three pairs and two ignored priors, image 1 nothing.
IMAGE, PRIOR = torch.zeros(3, dtype=torch.int64), torch.arange(3)
IGNORED = torch.zeros(2, len(PRIORS), dtype=torch.bool)
IGNORED[0, [7, 9]] = True
THREE = assignment_of(IMAGE, PRIOR, PRIOR, torch.ones(3), IGNORED)


class TestByPositives(ReducerLaws):
    def make(self) -> ByPositives:
        return ByPositives()


class TestBySamples(ReducerLaws):
    def make(self) -> BySamples:
        return BySamples()


def test_an_image_without_positives_counts_as_one() -> None:
    values = torch.ones(2, 30)
    assert ByPositives(0.0)(values, THREE, PRIORS).item() == pytest.approx(60 / (3 + 1))
    assert ByPositives(0.0)(torch.ones(3), THREE, PRIORS).item() == pytest.approx(3 / 4)
    assert ByPositives(1.0)(torch.ones(3), THREE, PRIORS).item() == pytest.approx(3 / 5)


def test_epsilon_is_that_of_float32() -> None:
    assert ByPositives().epsilon == BySamples().epsilon == pytest.approx(1.1920929e-7)


def test_samples_are_what_is_not_ignored() -> None:
    """Image 0: 3 positives and 25 negatives; image 1: none (counted as one) and 30."""
    assert BySamples(0.0)(torch.ones(2, 30), THREE, PRIORS).item() == pytest.approx(60 / (3 + 25 + 1 + 30))
    nothing_left = replace(THREE, ignored=torch.ones_like(IGNORED))
    nothing_left.ignored[0, :3] = False  # type: ignore[index]
    assert BySamples(0.0)(torch.ones(3), nothing_left, PRIORS).item() == pytest.approx(3 / (3 + 1 + 1 + 1))
