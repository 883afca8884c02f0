"""Candidate points by grid arithmetic against testing every point."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from boxwright.kernels.grid_candidates import points_inside
from boxwright.prior_generators import PointGrid
from boxwright.structures import Priors

STRIDES = [(8, 16, 32), (8,), (12,), (5, 7), (1, 2), (3, 13, 64), (4, 8, 16, 32, 64)]
CANVASES = [(64, 64), (32, 96), (96, 32), (7, 50), (100, 33), (1, 1)]
BOXES = 200


def every_point_tested(boxes: Tensor, priors: Priors) -> set[tuple[int, int]]:
    """Compares in float64, in which boxes and centres are exact."""
    x, y = priors.boxes.double()[None, :, 0], priors.boxes.double()[None, :, 1]
    left, top, right, bottom = boxes.double()[:, :, None].unbind(1)
    return {tuple(pair) for pair in ((x > left) & (x < right) & (y > top) & (y < bottom)).nonzero().tolist()}


def random_boxes(seed: int, priors: Priors, dtype: torch.dtype) -> Tensor:
    """Corners anywhere in and about the canvas; many on a centre, or the nearest number beside one; some far away."""
    generator = torch.Generator().manual_seed(seed)
    height, width = priors.canvas_size
    limits = torch.tensor([width, height, width, height], dtype=dtype)
    corners = (torch.rand(BOXES, 4, generator=generator, dtype=dtype) * 4 - 1.5) * limits
    which = torch.randint(len(priors), (BOXES, 4), generator=generator)
    centres = priors.boxes[which, torch.tensor([0, 1, 0, 1])].to(dtype)
    beside = torch.nextafter(centres, torch.where(torch.rand(BOXES, 4, generator=generator) < 0.5, -1e9, 1e9).to(dtype))
    kind = torch.randint(8, (BOXES, 4), generator=generator)
    corners = torch.where(kind < 3, centres, torch.where(kind == 3, beside, corners))
    corners = torch.where(kind == 4, corners * 1000, corners)
    corners = torch.where(kind == 5, corners.round(), corners)
    ordered = torch.cat(
        (torch.minimum(corners[:, :2], corners[:, 2:]), torch.maximum(corners[:, :2], corners[:, 2:])), dim=1
    )
    flat = torch.rand(BOXES, generator=generator) < 0.05
    ordered[flat, 2:] = ordered[flat, :2]
    return ordered


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@settings(max_examples=30, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**30), strides=st.sampled_from(STRIDES), canvas=st.sampled_from(CANVASES))
def test_equals_testing_every_point(
    dtype: torch.dtype, seed: int, strides: tuple[int, ...], canvas: tuple[int, int]
) -> None:
    priors = PointGrid(strides)(canvas)
    boxes = random_boxes(seed, priors, dtype)
    found = points_inside(boxes, priors.grids)
    pairs = list(zip(found.row.tolist(), found.prior.tolist(), strict=True))
    assert len(set(pairs)) == len(pairs)
    assert set(pairs) == every_point_tested(boxes, priors)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    corners=st.tuples(*[st.floats(-1e6, 1e6, width=32, allow_subnormal=False)] * 4),
    strides=st.sampled_from(STRIDES),
    canvas=st.sampled_from(CANVASES),
)
def test_any_single_box(
    corners: tuple[float, float, float, float], strides: tuple[int, ...], canvas: tuple[int, int]
) -> None:
    x1, y1, x2, y2 = corners
    box = torch.tensor([[min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)]])
    priors = PointGrid(strides)(canvas)
    found = points_inside(box, priors.grids)
    assert set(zip(found.row.tolist(), found.prior.tolist(), strict=True)) == every_point_tested(box, priors)
