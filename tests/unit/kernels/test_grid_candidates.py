import pytest
import torch

from boxwright.kernels.dense_cells import centres_inside
from boxwright.kernels.grid_candidates import points_around, points_by_level, points_inside
from boxwright.prior_generators import AnchorGrid, PointGrid


def test_worked_by_hand() -> None:
    """Centres at 4, 12, 20, 28: (4, 20) × (3, 13) holds x = 12 strictly, y = 4 and 12; at stride 16, (8, 8)."""
    priors = PointGrid((8, 16))((32, 32))
    found = points_inside(torch.tensor([[4.0, 3.0, 20.0, 13.0]]), priors.grids)
    assert found.row.tolist() == [0, 0, 0]
    assert found.prior.tolist() == [1, 5, 16]
    assert priors.boxes[found.prior, :2].tolist() == [[12.0, 4.0], [12.0, 12.0], [8.0, 8.0]]


def test_levels_follow_one_another_and_priors_of_a_box_ascend() -> None:
    priors = PointGrid()((64, 96))
    boxes = torch.tensor([[0.0, 0.0, 96.0, 64.0], [10.0, 10.0, 60.0, 50.0]])
    found = points_inside(boxes, priors.grids)
    for row in range(2):
        own = found.prior[found.row == row]
        assert (own[1:] > own[:-1]).all()
    assert found.prior[found.row == 0].tolist() == list(range(len(priors)))


def test_levels_are_counted() -> None:
    """Of the 12 × 8, 6 × 4 and 3 × 2 cells the second box holds 6 × 5, 3 × 2 and 2 × 2."""
    priors = PointGrid()((64, 96))
    boxes = torch.tensor([[0.0, 0.0, 96.0, 64.0], [10.0, 10.0, 60.0, 50.0]])
    found, per_level = points_by_level(boxes, priors.grids)
    assert per_level.tolist() == [96 + 30, 24 + 6, 6 + 4]
    levels = priors.level[found.prior]
    assert torch.equal(levels.bincount(minlength=3), per_level)
    assert (levels.diff() >= 0).all()


@pytest.mark.parametrize("box", [[4.0, 4.0, 4.0, 4.0], [4.0, 4.0, 12.0, 12.0], [5.0, 5.0, 11.0, 11.0]])
def test_a_centre_on_the_edge_is_outside(box: list[float]) -> None:
    assert len(points_inside(torch.tensor([box]), PointGrid((8,))((32, 32)).grids).row) == 0


@pytest.mark.parametrize("centre", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("is_fitted", [False, True])
@pytest.mark.parametrize("canvas", [(96, 160), (64, 64), (70, 45)])
def test_priors_stand_where_their_generator_puts_them(centre: float, is_fitted: bool, canvas: tuple[int, int]) -> None:
    """On corners too, and as far apart as is fitted to the canvas; also where sides of boxes meet them."""
    sizes = tuple(((stride, stride), (stride, 2.0 * stride)) for stride in (8.0, 32.0, 64.0))
    priors = AnchorGrid(sizes, (8, 32, 64), centre, is_fitted)(canvas)
    generator = torch.Generator().manual_seed(0)
    corners = torch.randint(-4, 48, (200, 2, 2), generator=generator).mul(4.0).sort(dim=1).values
    boxes = torch.cat((corners.flatten(1), corners.flatten(1) + torch.rand(200, 4, generator=generator)))
    dense = torch.zeros(len(boxes), len(priors), dtype=torch.bool)
    found = points_inside(boxes, priors.grids)
    dense[found.row, found.prior] = True
    assert torch.equal(dense, centres_inside(boxes, priors))
    assert int(dense.sum()) == len(found.row)


def test_no_boxes_give_no_pairs() -> None:
    found = points_inside(torch.zeros(0, 4), PointGrid()((64, 64)).grids)
    assert len(found.row) == len(found.prior) == 0


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_boxes_far_beyond_every_canvas(dtype: torch.dtype) -> None:
    boxes = torch.tensor([[-1e30, -1e30, 1e30, 1e30], [1e30, 0, 1e31, 8], [-1e31, 0, -1e30, 8]], dtype=dtype)
    priors = PointGrid()((64, 64))
    found = points_inside(boxes, priors.grids)
    assert found.row.tolist() == [0] * len(priors)
    assert found.prior.tolist() == list(range(len(priors)))


def test_points_around_are_inside_or_one_cell_away_on_each_level() -> None:
    """A box about the second of five points of stride 8, and under the first of three of stride 16."""
    priors = PointGrid((8, 16))((16, 48))
    row, prior = points_around(torch.tensor([[9.0, 1.0, 15.0, 7.0]]), priors.grids)
    assert row.tolist() == [0] * len(prior)
    fine, coarse = priors.grids
    assert prior[prior < fine.stop].tolist() == [0, 1, 2, 6, 7, 8]
    assert prior[prior >= fine.stop].tolist() == [coarse.start, coarse.start + 1]
