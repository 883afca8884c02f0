"""Where the cells of a level lie."""

import torch
from torch import Tensor


def cell_places(
    cells: tuple[int, int],
    step: tuple[int, int],
    centre: float,
    *,
    dtype: torch.dtype = torch.float32,
    device: torch.device | str = "cpu",
) -> Tensor:
    """Gives x and y of one place in every cell, row by row, `cells 2`.

    Args:
        cells: Rows and columns of the level; also symbols, while a network is exported.
        step: Pixels from cell to cell, along x and y.
        centre: Where in its cell the place is, as a share of the step.
        dtype: Of the numbers.
        device: Where they go.
    """
    height, width = cells
    columns = (torch.arange(width, dtype=dtype, device=device) + centre) * step[0]
    rows = (torch.arange(height, dtype=dtype, device=device) + centre) * step[1]
    y, x = torch.meshgrid(rows, columns, indexing="ij")
    return torch.stack((x, y), dim=-1).reshape(-1, 2)
