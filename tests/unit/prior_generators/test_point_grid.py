import pytest

from boxwright.prior_generators import PointGrid
from tests.contracts.prior_generator_laws import PriorGeneratorLaws


class TestPointGrid(PriorGeneratorLaws):
    def make(self) -> PointGrid:
        return PointGrid()


class TestOddStrides(PriorGeneratorLaws):
    def make(self) -> PointGrid:
        return PointGrid((5, 12))


def test_worked_by_hand() -> None:
    priors = PointGrid((8, 16))((16, 24))
    fine = [[4, 4, 8, 8], [12, 4, 8, 8], [20, 4, 8, 8], [4, 12, 8, 8], [12, 12, 8, 8], [20, 12, 8, 8]]
    coarse = [[8, 8, 16, 16], [24, 8, 16, 16]]
    assert priors.boxes.tolist() == fine + coarse
    assert priors.level.tolist() == [0] * 6 + [1] * 2
    assert priors.stride.tolist() == [8] * 6 + [16] * 2


@pytest.mark.parametrize(("canvas", "count"), [((640, 640), 8400), ((320, 320), 2100), ((96, 128), 252)])
def test_published_numbers_of_points(canvas: tuple[int, int], count: int) -> None:
    assert len(PointGrid()(canvas)) == count
