"""Candidate pairs by grid arithmetic: which points of a level lie inside a box, without testing all points."""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from boxwright.structures.priors import LevelGrid


class Candidates(NamedTuple):
    """Pairs of box row and prior; rows of one box have ascending priors."""

    row: Tensor
    prior: Tensor


def points_inside(boxes: Float[Tensor, "boxes 4"], grids: tuple[LevelGrid, ...]) -> Candidates:
    """Lists every prior whose cell centre lies strictly inside each box, box by box, level by level.

    A cell centre (i + ½) · stride is inside if it is greater than the near side and less than the far side. The cost
    follows the number of pairs found; all levels are computed at once.

    Args:
        boxes: xyxy in canvas pixels.
        grids: Levels; all priors of a cell lie where its centre lies.
    """
    columns = [(grid.width, grid.height, grid.stride, grid.start, grid.priors_per_cell) for grid in grids]
    levels = torch.tensor(columns, device=boxes.device).t()
    width, _, stride, start, per_cell = levels
    corners = boxes.unflatten(1, (2, 1, 2))
    first, count = _span(corners[:, 0], corners[:, 1], stride.to(boxes.dtype).unsqueeze(1), levels[:2].t())
    across = count[..., 0]
    corner_cell = first[..., 1] * width + first[..., 0]
    window, place = _enumerate((across * count[..., 1] * per_cell).flatten())
    box = window.div(len(grids), rounding_mode="floor")
    if all(grid.priors_per_cell == 1 for grid in grids):
        down = place.div(across.flatten()[window], rounding_mode="floor")
        corner = (start + corner_cell).flatten()[window]
        return Candidates(box, corner + down * (width - across).flatten()[window] + place)
    per_cell = per_cell[window - box * len(grids)]
    cell = place.div(per_cell, rounding_mode="floor")
    slot = place - cell * per_cell
    down = cell.div(across.flatten()[window], rounding_mode="floor")
    cell += corner_cell.flatten()[window] + down * (width - across).flatten()[window]
    return Candidates(box, start[window - box * len(grids)] + cell * per_cell + slot)


def points_around(boxes: Float[Tensor, "boxes 4"], grids: tuple[LevelGrid, ...]) -> Candidates:
    """Lists the priors inside each box, and those up to one cell of their level away from it.

    Args:
        boxes: xyxy in canvas pixels.
        grids: Levels; all priors of a cell lie where its centre lies.
    """
    margin = boxes.new_tensor((-1.0, -1.0, 1.0, 1.0))
    levels = [points_inside(boxes + margin * grid.stride, (grid,)) for grid in grids]
    return Candidates(torch.cat([level.row for level in levels]), torch.cat([level.prior for level in levels]))


def _span(low: Tensor, high: Tensor, stride: Tensor, cells: Tensor) -> tuple[Tensor, Tensor]:
    """Gives the first cell whose centre is above `low` and how many follow whose centres are below `high`.

    The estimate by division is corrected by comparing the centres themselves, so that rounding cannot decide.
    """
    first = (low / stride - 0.5).floor() + 1
    first -= ((first - 0.5) * stride > low).to(low.dtype)
    first += ((first + 0.5) * stride <= low).to(low.dtype)
    last = (high / stride - 0.5).ceil() - 1
    last += ((last + 1.5) * stride < high).to(low.dtype)
    last -= ((last + 0.5) * stride >= high).to(low.dtype)
    first = first.clamp_(min=0)
    last = torch.minimum(last, cells - 1)
    return first.long(), (last - first + 1).clamp_(min=0).long()


def _enumerate(counts: Int64[Tensor, "windows"]) -> tuple[Int64[Tensor, "pairs"], Int64[Tensor, "pairs"]]:
    """Repeats each row number `counts` times and numbers the repeats from 0."""
    window = torch.arange(len(counts), device=counts.device).repeat_interleave(counts)
    start = counts.cumsum(0) - counts
    return window, torch.arange(len(window), device=counts.device) - start[window]
