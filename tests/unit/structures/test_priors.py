from dataclasses import replace

import pytest
import torch

from boxwright.errors import ShapeError
from boxwright.prior_generators import PointGrid
from boxwright.structures import LevelGrid, Priors


def test_level_grid_worked_by_hand() -> None:
    grid = LevelGrid(height=4, width=6, priors_per_cell=3, start=10, stride=8)
    assert grid.num_priors == 72
    assert grid.stop == 82


def test_length_is_the_number_of_priors() -> None:
    assert len(PointGrid()((64, 64))) == 64 + 16 + 4


def test_columns_and_grids_must_describe_the_same_priors() -> None:
    priors = PointGrid()((64, 64))
    with pytest.raises(ShapeError, match=r"\(64, 64\).*\[84, 84, 84, 80\].*Build them with a prior generator"):
        replace(priors, grids=priors.grids[:2])


def test_moving_keeps_everything() -> None:
    priors = PointGrid()((64, 96))
    moved = priors.to("cpu")
    assert moved.grids == priors.grids
    assert moved.canvas_size == priors.canvas_size
    for name in ("boxes", "stride", "level"):
        assert torch.equal(getattr(moved, name), getattr(priors, name))
    assert priors.to("meta").level.device.type == "meta"


def test_what_is_derived_is_made_once_and_kept() -> None:
    priors = PointGrid()((64, 64)).to("cpu")
    made = []

    def area(found: Priors) -> torch.Tensor:
        made.append(found)
        return found.boxes[:, 2] * found.boxes[:, 3]

    with torch.inference_mode():
        first = priors.derived(area)
    assert priors.derived(area) is first
    assert len(made) == 1
    assert not first.is_inference()
