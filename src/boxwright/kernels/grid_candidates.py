"""Candidate pairs by grid arithmetic: which priors of a level stand inside a box, without testing all of them."""

from functools import lru_cache
from typing import NamedTuple

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from boxwright.structures.priors import LevelGrid


class Candidates(NamedTuple):
    """Pairs of box row and prior; the priors of one box are ascending."""

    row: Tensor
    prior: Tensor


def points_inside(boxes: Float[Tensor, "boxes 4"], grids: tuple[LevelGrid, ...]) -> Candidates:
    """Gives the pairs of `points_by_level`.

    Args:
        boxes: xyxy in canvas pixels.
        grids: Levels; all priors of a cell have the same centre.
    """
    return points_by_level(boxes, grids)[0]


def points_by_level(
    boxes: Float[Tensor, "boxes 4"], grids: tuple[LevelGrid, ...]
) -> tuple[Candidates, Int64[Tensor, "levels"]]:
    """Lists every prior whose centre lies strictly inside each box, level by level, box by box.

    A prior at (i + centre) · step, as its grid says, is inside if that is greater than the near side and less than the
    far side. The cost follows the number of pairs found; all levels are computed at once.

    Args:
        boxes: xyxy in canvas pixels.
        grids: Levels; all priors of a cell have the same centre.

    Returns:
        The pairs, and how many there are on each level.
    """
    levels = _levels(grids, boxes.dtype, boxes.device)
    first, count = _spans(boxes, levels)
    across = count[..., 0]
    corner = torch.addcmul(first[..., 0], first[..., 1], levels.width)
    number = count.prod(dim=2).mul_(levels.per_cell)
    of_levels, number = number.sum(dim=1), number.flatten()
    window = torch.repeat_interleave(number)
    begin = number.cumsum(0).sub_(number)
    row = torch.arange(len(boxes), device=boxes.device).repeat(len(grids)).take(window)
    place = torch.arange(len(window), device=boxes.device).sub_(begin.take(window))
    if levels.has_one_prior_per_cell:
        down = place.div(across.take(window), rounding_mode="floor")
        place += (corner + levels.start).take(window)
        return Candidates(row, place.addcmul_(down, (levels.width - across).take(window))), of_levels
    per_cell = levels.per_cell.expand_as(across).take(window)
    cell = place.div(per_cell, rounding_mode="floor")
    slot = place - cell * per_cell
    down = cell.div(across.take(window), rounding_mode="floor")
    cell += corner.take(window)
    cell.addcmul_(down, (levels.width - across).take(window))
    prior = levels.start.expand_as(across).take(window).addcmul_(cell, per_cell).add_(slot)
    return Candidates(row, prior), of_levels


def points_around(boxes: Float[Tensor, "boxes 4"], grids: tuple[LevelGrid, ...]) -> Candidates:
    """Lists the priors inside each box, and those up to one cell of their level away from it.

    Args:
        boxes: xyxy in canvas pixels.
        grids: Levels; all priors of a cell have the same centre.
    """
    margin = boxes.new_tensor((-1.0, -1.0, 1.0, 1.0))
    levels = [points_inside(boxes + margin * grid.stride, (grid,)) for grid in grids]
    return Candidates(torch.cat([level.row for level in levels]), torch.cat([level.prior for level in levels]))


class _Levels(NamedTuple):
    """What is computed with of some grids; `levels 1` where nothing else is said."""

    step: Tensor  # along xyxy, levels 1 4
    centre: Tensor  # a share of the step, seen from the side that is meant, levels 1 4
    signs: Tensor  # of xyxy: 1 1 -1 -1
    least: Tensor  # the first cell, and minus the number of cells, levels 1 4
    width: Tensor
    start: Tensor
    per_cell: Tensor
    has_one_prior_per_cell: bool


@lru_cache(maxsize=64)
@torch.inference_mode(False)  # what is kept must also serve a later training step
def _levels(grids: tuple[LevelGrid, ...], dtype: torch.dtype, device: torch.device) -> _Levels:
    columns = [(grid.width, grid.start, grid.priors_per_cell) for grid in grids]
    width, start, per_cell = torch.tensor(columns, device=device).t().unsqueeze(2).contiguous().unbind(0)
    centres = [[grid.centre, grid.centre, 1 - grid.centre, 1 - grid.centre] for grid in grids]
    least = [[0, 0, -grid.width, -grid.height] for grid in grids]
    return _Levels(
        step=torch.tensor([grid.steps * 2 for grid in grids], dtype=dtype, device=device).view(-1, 1, 4),
        centre=torch.tensor(centres, dtype=dtype, device=device).view(-1, 1, 4),
        signs=torch.tensor((1, 1, -1, -1), dtype=dtype, device=device),
        least=torch.tensor(least, dtype=dtype, device=device).unsqueeze(1),
        width=width,
        start=start,
        per_cell=per_cell,
        has_one_prior_per_cell=all(grid.priors_per_cell == 1 for grid in grids),
    )


def _spans(
    boxes: Float[Tensor, "boxes 4"], levels: _Levels
) -> tuple[Int64[Tensor, "levels boxes 2"], Int64[Tensor, "levels boxes 2"]]:
    """Gives column and row of the first cell whose priors are inside, and how many are inside along x and y.

    The last cell below the far side is the first one above it seen from the other end: with everything negated, cell i
    is cell -i - 1, and its priors stand at 1 - centre. The estimate by division is corrected by comparing the places
    themselves, so that rounding cannot decide (where the centre is a corner or the middle).
    """
    sides, step, centre = boxes * levels.signs, levels.step, levels.centre
    first = (sides / step).sub_(centre).floor_().add_(1)
    first.add_((first - 1).add_(centre).mul_(step) > sides, alpha=-1)
    first.add_((first + centre).mul_(step) <= sides)
    first = first.maximum(levels.least)
    near = first[..., :2]
    count = (near + first[..., 2:]).neg_().clamp_(min=0)
    return near.long(), count.long()
