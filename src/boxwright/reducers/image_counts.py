"""How many pairs each image has."""

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from boxwright.errors import ShapeError
from boxwright.structures.assignment import Assignment


def positives_per_image(values: Float[Tensor, "..."], assignment: Assignment) -> Int64[Tensor, "batch"]:
    """Counts the pairs of each image, of those without any too.

    Args:
        values: Per prior (`batch priors`) or per pair.
        assignment: The pairs; for values per pair, its `ignored` says how many images there are.

    Raises:
        ShapeError: Nothing says how many images there are.
    """
    if values.dim() == 2:
        batch_size = len(values)
    elif assignment.ignored is not None:
        batch_size = len(assignment.ignored)
    else:
        raise ShapeError(
            "An assignment without the mask `ignored` does not say how many images the batch has, and images without "
            "positives count here. Give it a mask, all False if nothing is ignored."
        )
    counts = torch.zeros(batch_size, dtype=torch.int64, device=values.device)
    return counts.scatter_add_(0, assignment.image, torch.ones_like(assignment.image))
