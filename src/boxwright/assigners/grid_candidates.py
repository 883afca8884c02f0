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
    """Lists every prior whose cell centre lies strictly inside each box, level by level.

    A cell centre (i + ½) · stride is inside if it is greater than the near side and less than the far side. The cost
    follows the number of pairs found.

    Args:
        boxes: xyxy in canvas pixels.
        grids: Levels; all priors of a cell lie where its centre lies.
    """
    levels = [_points_inside_level(boxes, grid) for grid in grids]
    return Candidates(torch.cat([level.row for level in levels]), torch.cat([level.prior for level in levels]))


def _points_inside_level(boxes: Tensor, grid: LevelGrid) -> Candidates:
    first_column, num_columns = _span(boxes[:, 0], boxes[:, 2], grid.stride, grid.width)
    first_row, num_rows = _span(boxes[:, 1], boxes[:, 3], grid.stride, grid.height)
    box, place = _enumerate(num_columns * num_rows)
    columns = num_columns[box]
    down = place.div(columns, rounding_mode="floor")
    row, column = first_row[box] + down, first_column[box] + place - down * columns
    cell = row * grid.width + column
    if grid.priors_per_cell > 1:
        slot = torch.arange(grid.priors_per_cell, device=box.device)
        box = box.repeat_interleave(len(slot))
        cell = (cell.unsqueeze(1) * len(slot) + slot).flatten()
    return Candidates(box, grid.start + cell)


def _span(low: Tensor, high: Tensor, stride: int, cells: int) -> tuple[Tensor, Tensor]:
    """Gives the first cell whose centre is above `low` and how many follow whose centres are below `high`.

    The estimate by division is corrected by comparing the centres themselves, so that rounding cannot decide.
    """
    first = (low / stride - 0.5).floor() + 1
    first = torch.where((first - 0.5) * stride > low, first - 1, first)
    first = torch.where((first + 0.5) * stride <= low, first + 1, first).clamp(min=0)
    last = (high / stride - 0.5).ceil() - 1
    last = torch.where((last + 1.5) * stride < high, last + 1, last)
    last = torch.where((last + 0.5) * stride >= high, last - 1, last).clamp(max=cells - 1)
    return first.long(), (last - first + 1).clamp(min=0).long()


def _enumerate(counts: Int64[Tensor, "boxes"]) -> tuple[Int64[Tensor, "pairs"], Int64[Tensor, "pairs"]]:
    """Repeats each row number `counts` times and numbers the repeats from 0."""
    box = torch.arange(len(counts), device=counts.device).repeat_interleave(counts)
    start = counts.cumsum(0) - counts
    return box, torch.arange(len(box), device=counts.device) - start[box]
