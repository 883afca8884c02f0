import pytest
import torch

from boxwright.reducers import PerImageMean
from tests.contracts.assignments import assignment_of
from tests.contracts.reducer_laws import PRIORS, ReducerLaws


class TestPerImageMean(ReducerLaws):
    def make(self) -> PerImageMean:
        return PerImageMean()


def test_each_image_has_its_own_divisor_and_the_same_share() -> None:
    """Four pairs in image 0, one in image 1, none in image 2."""
    image, prior = torch.tensor([0, 0, 0, 0, 1]), torch.arange(5)
    ignored = torch.zeros(3, len(PRIORS), dtype=torch.bool)
    assignment = assignment_of(image, prior, prior, torch.ones(5), ignored)
    values = torch.tensor([1.0, 2.0, 3.0, 4.0, 7.0])
    assert PerImageMean()(values, assignment, PRIORS).item() == pytest.approx((10 / 4 + 7) / 3)
    dense = torch.ones(3, len(PRIORS))
    assert PerImageMean()(dense, assignment, PRIORS).item() == pytest.approx((30 / 4 + 30 + 30) / 3)
