"""Filling polygons by COCO's rule."""

import torch
from jaxtyping import Float64, Int64
from torch import Tensor

from boxwright.geometry.column_runs import ColumnRuns

_FINENESS = 5


def polygon_runs(
    points: Float64[Tensor, "points 2"],
    ring_sizes: Int64[Tensor, "rings"],
    mask: Int64[Tensor, "rings"],
    size: tuple[int, int],
) -> ColumnRuns:
    """Finds the pixels of closed rings: the even-odd inside of each, exactly those that COCO's own code fills.

    Idea: the outline is drawn on a grid five times as fine, and where it crosses the middle of a pixel column, the
    column changes between outside and inside at the next pixel edge below. Rings of one mask become runs that may
    overlap; `fill_runs` unites them.

    Source: the COCO API (rleFrPoly), https://github.com/cocodataset/cocoapi; equal to it in every pixel.

    Args:
        points: x, y of all rings, one after the other, in pixels; pixel i covers i to i + 1.
        ring_sizes: Number of points of each ring.
        mask: The mask that each ring belongs to.
        size: Height and width of the image in pixels; what lies outside is cut off.
    """
    height, width = size
    x, y, ring = _outline((_FINENESS * points + 0.5).trunc().long(), ring_sizes)
    crosses = (x[1:] != x[:-1]) & (ring[1:] == ring[:-1])
    before_x, after_x = x[:-1][crosses], x[1:][crosses]
    column = torch.minimum(before_x, after_x)
    row = torch.minimum(y[:-1][crosses], y[1:][crosses])
    # the middle of pixel column c is between 5c + 2 and 5c + 3 on the fine grid
    is_middle = (column >= 0) & (column % _FINENESS == 2) & (column // _FINENESS < width)
    column, row, ring = column[is_middle] // _FINENESS, row[is_middle], ring[:-1][crosses][is_middle]
    edge = torch.div(row + 2, _FINENESS, rounding_mode="floor").clamp(0, height)
    order = torch.argsort((ring * width + column) * (height + 1) + edge)
    position, ring = (column * height + edge)[order], ring[order]
    start, end = position[::2], position[1::2]
    is_run = start < end
    return ColumnRuns(mask[ring[::2][is_run]], start[is_run], end[is_run])


def _outline(corners: Tensor, ring_sizes: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Draws all rings point by point on the fine grid; gives x, y and ring of every point, in order."""
    ring = torch.repeat_interleave(ring_sizes)
    following = torch.arange(1, len(corners) + 1)
    ends = ring_sizes.cumsum(0)
    filled = ring_sizes > 0
    following[ends[filled] - 1] = (ends - ring_sizes)[filled]
    to = corners[following]
    span = (to - corners).abs()
    is_wide = span[:, 0] >= span[:, 1]
    steps = span.amax(dim=1)
    # edges are drawn from their lower end on the longer axis, so that a shared edge is the same in both directions
    along = torch.where(is_wide, 0, 1)[:, None]
    is_turned = (corners.gather(1, along) > to.gather(1, along))[:, 0]
    low, high = torch.where(is_turned[:, None], to, corners), torch.where(is_turned[:, None], corners, to)
    edge = torch.repeat_interleave(steps + 1)
    number = torch.arange(len(edge)) - ((steps + 1).cumsum(0) - steps - 1)[edge]
    number = torch.where(is_turned[edge], steps[edge] - number, number)
    slope_x = (high[:, 0] - low[:, 0]).double() / steps.clamp(min=1)
    slope_y = (high[:, 1] - low[:, 1]).double() / steps.clamp(min=1)
    x = torch.where(is_wide[edge], low[edge, 0] + number, _rounded(low[edge, 0], slope_x[edge], number))
    y = torch.where(is_wide[edge], _rounded(low[edge, 1], slope_y[edge], number), low[edge, 1] + number)
    return x, y, ring[edge]


def _rounded(start: Tensor, slope: Tensor, number: Tensor) -> Tensor:
    """Rounds as the C code does: half up, then towards zero, which differs for negative numbers."""
    return (start + slope * number + 0.5).trunc().long()
