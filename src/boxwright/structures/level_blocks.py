"""The blocks of all levels beside one array of the same numbers."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from boxwright.structures.priors import LevelGrid


def join_levels(blocks: Sequence[Tensor]) -> Float[Tensor, "batch values priors"]:
    """Copies level blocks into one array, in the order of the priors; differentiable as often as one likes.

    Args:
        blocks: Level blocks, `batch priors_per_cell values height width`.
    """
    return torch.cat([_in_order(block) for block in blocks], dim=2)


def level_views(dense: Float[Tensor, "batch priors values"], grids: Sequence[LevelGrid]) -> tuple[Tensor, ...]:
    """Views an array as level blocks; their gradients are put together at once.

    Args:
        dense: One row per prior.
        grids: Levels.
    """
    levels = zip(dense.split([grid.num_priors for grid in grids], dim=1), grids, strict=True)
    return tuple(
        [
            level.unflatten(1, (grid.height, grid.width, grid.priors_per_cell)).permute(0, 3, 4, 1, 2)
            for level, grid in levels
        ]
    )


def _in_order(block: Tensor) -> Float[Tensor, "batch values priors"]:
    batch, per_cell, values, height, width = block.shape
    by_cell = block.permute(0, 2, 3, 4, 1) if per_cell > 1 else block
    return by_cell.reshape(batch, values, height * width * per_cell)
