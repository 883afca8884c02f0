import pytest
import torch

from boxwright.reducers import ByQuality
from tests.contracts.reducer_laws import PRIORS, ReducerLaws, some_assignment


class TestByQuality(ReducerLaws):
    def make(self) -> ByQuality:
        return ByQuality()


@pytest.mark.parametrize(
    ("pairs", "quality", "floor", "wanted"),
    [(4, 0.5, 1.0, 6 / 2), (1, 0.5, 1.0, 6 / 1), (1, 0.5, 0.25, 6 / 0.5), (8, 1.0, 1.0, 6 / 8)],
)
def test_worked_by_hand(pairs: int, quality: float, floor: float, wanted: float) -> None:
    """The values sum up to 6; the divisor is the summed quality, but not below the floor."""
    values = torch.tensor([1.0, 2.0, 3.0])
    assert ByQuality(floor)(values, some_assignment(pairs, quality), PRIORS).item() == pytest.approx(wanted)
