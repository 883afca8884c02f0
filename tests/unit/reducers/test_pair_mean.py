import torch

from boxwright.prior_generators import PointGrid
from boxwright.reducers import PairMean
from tests.contracts.assignments import assignment_of
from tests.contracts.reducer_laws import ReducerLaws


class TestPairMean(ReducerLaws):
    def make(self) -> PairMean:
        return PairMean()


def test_quality_does_not_weigh() -> None:
    image = torch.tensor([0, 0, 1])
    pairs = assignment_of(image, torch.tensor([0, 1, 0]), torch.tensor([0, 0, 1]), torch.tensor([0.0, 0.1, 1.0]))
    assert float(PairMean()(torch.tensor([1.0, 2.0, 6.0]), pairs, PointGrid()((32, 32)))) == 3
