import pytest
import torch

from boxwright.reducers import PerLevelMean, level_means
from boxwright.structures import Assignment
from tests.contracts.assignments import assignment_of
from tests.contracts.reducer_laws import PRIORS, ReducerLaws


class TestPerLevelMean(ReducerLaws):
    def make(self) -> PerLevelMean:
        return PerLevelMean()


def test_pairs_worked_by_hand() -> None:
    """Priors 0 and 3 are on the finer level (mean 2), 24 and up on the coarser (mean 9)."""
    prior = torch.tensor([25, 0, 3])
    assignment = assignment_of(prior * 0, prior, prior * 0, torch.ones(3))
    value = PerLevelMean()(torch.tensor([9.0, 1.0, 3.0]), assignment, PRIORS)
    assert value.item() == pytest.approx(2 + 9)


def test_priors_worked_by_hand() -> None:
    values = torch.zeros(2, 30)
    values[0, :24] = 1.0  # half of the finer level
    values[1, 29] = 24.0  # one of twelve on the coarser
    assert level_means(values, PRIORS).tolist() == pytest.approx([0.5, 2.0])
    assert PerLevelMean()(values, Assignment.empty(2, 30), PRIORS).item() == pytest.approx(2.5)


def test_quality_does_not_matter() -> None:
    """A term multiplies by it; here every pair counts as one."""
    index = torch.arange(3)
    for quality in (0.0, 1.0):
        assignment = assignment_of(index * 0, index, index, torch.full((3,), quality))
        assert PerLevelMean()(torch.ones(3), assignment, PRIORS).item() == pytest.approx(1)
