import pytest
import torch

from boxwright.kernels.centre_points import are_near_centres, points_near_centres
from boxwright.prior_generators import PointGrid
from tests.contracts.scenes import random_boxes

PRIORS = PointGrid((8, 16))((96, 64))


@pytest.mark.parametrize("inside", [True, False])
@pytest.mark.parametrize("radius", [1.5, 0.3, None])
def test_it_is_a_test_of_all_points(radius: float | None, inside: bool) -> None:
    boxes = random_boxes(torch.Generator().manual_seed(1), 9, (96, 64), dtype=torch.float32)
    place = PRIORS.boxes[:, :2]
    off = (place - (boxes[:, None, :2] + boxes[:, None, 2:]) / 2).abs()
    within = ((place > boxes[:, None, :2]) & (place < boxes[:, None, 2:])).all(dim=2)
    wanted = within if radius is None else (off < radius * PRIORS.stride.unsqueeze(1)).all(dim=2)
    if inside:
        wanted = wanted & within
    found = points_near_centres(boxes, PRIORS, radius, inside=inside)
    assert set(zip(found.row.tolist(), found.prior.tolist(), strict=True)) == set(map(tuple, wanted.nonzero().tolist()))
    assert len(found.row) == wanted.sum()
    if inside:
        assert torch.equal(are_near_centres(boxes, PRIORS, radius), wanted)
