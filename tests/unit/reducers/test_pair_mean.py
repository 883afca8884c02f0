import torch

from boxwright.prior_generators import PointGrid
from boxwright.reducers import PairMean, image_means
from boxwright.structures import Assignment
from tests.contracts.reducer_laws import ReducerLaws


class TestPairMean(ReducerLaws):
    def make(self) -> PairMean:
        return PairMean()


def test_quality_does_not_weigh() -> None:
    image = torch.tensor([0, 0, 1])
    pairs = Assignment(image, torch.tensor([0, 1, 0]), torch.tensor([0, 0, 1]), torch.tensor([0.0, 0.1, 1.0]))
    assert float(PairMean()(torch.tensor([1.0, 2.0, 6.0]), pairs, PointGrid()((32, 32)))) == 3


def test_each_image_has_its_own_mean() -> None:
    values = torch.tensor([1.0, 3.0, 5.0], requires_grad=True)
    means = image_means(values, torch.tensor([0, 0, 2]), 4)
    assert means.tolist() == [2, 0, 5, 0]
    means.sum().backward()
    assert values.grad is not None
    assert values.grad.tolist() == [0.5, 0.5, 1]


def test_no_pairs() -> None:
    assert image_means(torch.zeros(0), torch.zeros(0).long(), 2).tolist() == [0, 0]
