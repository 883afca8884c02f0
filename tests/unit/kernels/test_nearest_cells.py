import pytest
import torch

from boxwright.kernels.nearest_cells import nearest_cells
from boxwright.structures.priors import LevelGrid


@pytest.mark.parametrize("size", [(6, 9), (1, 7), (2, 2), (20, 3), (1, 1)])
@pytest.mark.parametrize("most", [1, 4, 9, 30])
@pytest.mark.parametrize(("step", "centre"), [((8, 8), 0.5), ((8, 8), 0.0), ((7, 9), 0.0)])
def test_it_is_a_sort_of_all_cells(size: tuple[int, int], most: int, step: tuple[int, int], centre: float) -> None:
    """Also far outside the grid, and where many cells are equally near."""
    grid = LevelGrid(*size, 1, 0, 8, step, centre)
    generator = torch.Generator().manual_seed(0)
    anywhere = torch.rand(40, 2, generator=generator, dtype=torch.float64) * 300 - 100
    between = torch.randint(-3, 20, (40, 2), generator=generator).double() * 4
    places = torch.cat((anywhere, between))
    row, column = torch.cartesian_prod(torch.arange(size[0]), torch.arange(size[1])).view(-1, 2).unbind(1)
    centres = (torch.stack((column, row), dim=1).double() + centre) * torch.tensor(step)
    distance = (places[:, None] - centres).square().sum(dim=2)
    wanted = distance.argsort(dim=1, stable=True)[:, :most]
    assert torch.equal(nearest_cells(places, grid, most), wanted)


def test_no_places_have_no_cells() -> None:
    assert nearest_cells(torch.zeros(0, 2), LevelGrid(4, 4, 1, 0, 8), 3).shape == (0, 3)
