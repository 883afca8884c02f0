"""The cells of a level whose priors are nearest to a place, without looking at all of them."""

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from boxwright.geometry.precision import widest
from boxwright.structures.priors import LevelGrid


def nearest_cells(centres: Float[Tensor, "places 2"], grid: LevelGrid, most: int) -> Int64[Tensor, "places cells"]:
    """Gives the cells whose priors are nearest to every place, nearest first; of equally near ones the lowest first.

    The i-th nearest column and the j-th nearest row meet in a cell that i · j cells, itself among them, are not farther
    than. So it can be one of the `most` nearest only if i · j ≤ most.

    Law: the result is that of a sort of all cells by distance, then index.

    Args:
        centres: x and y in canvas pixels, also outside the canvas.
        grid: Of the level.
        most: How many cells; all, if the level has fewer.
    """
    centres = centres.to(widest(centres.device))
    column, across = _nearest(centres[:, 0], grid.width, grid.steps[0], grid.centre, most)
    row, down = _nearest(centres[:, 1], grid.height, grid.steps[1], grid.centre, most)
    places = [(i, j) for i in range(column.shape[1]) for j in range(row.shape[1]) if (i + 1) * (j + 1) <= most]
    i, j = torch.tensor(places, device=centres.device).view(-1, 2).unbind(1)
    cell, distance = row[:, j] * grid.width + column[:, i], across[:, i] + down[:, j]
    order = cell.argsort(dim=1)
    cell, distance = cell.gather(1, order), distance.gather(1, order)
    return cell.gather(1, distance.argsort(dim=1, stable=True)[:, :most])


def _nearest(
    place: Float[Tensor, "places"], number: int, step: int, centre: float, most: int
) -> tuple[Int64[Tensor, "places lines"], Float[Tensor, "places lines"]]:
    """Gives the columns (or rows) nearest to every place, and their squared distances."""
    lines = (torch.arange(number, dtype=place.dtype, device=place.device) + centre) * step
    distance = (place.unsqueeze(1) - lines).square()
    line = distance.argsort(dim=1, stable=True)[:, :most]
    return line, distance.gather(1, line)
