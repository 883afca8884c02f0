"""The blocks of all levels side by side, for readers who want one array."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor


def join_levels(blocks: Sequence[Tensor]) -> Float[Tensor, "batch values priors"]:
    """Copies level blocks into one array, in the order of the priors; differentiable as often as one likes.

    Args:
        blocks: Level blocks, `batch priors_per_cell values height width`.
    """
    return torch.cat([_in_order(block) for block in blocks], dim=2)


def _in_order(block: Tensor) -> Float[Tensor, "batch values priors"]:
    batch, per_cell, values, height, width = block.shape
    by_cell = block.permute(0, 2, 3, 4, 1) if per_cell > 1 else block
    return by_cell.reshape(batch, values, height * width * per_cell)
