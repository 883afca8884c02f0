"""How many pairs each image has."""

import torch
from jaxtyping import Int64
from torch import Tensor

from boxwright.structures.assignment import Assignment


def positives_per_image(assignment: Assignment) -> Int64[Tensor, "batch"]:
    """Counts the pairs of each image, of those without any too.

    Args:
        assignment: The pairs.
    """
    counts = torch.zeros(assignment.num_images, dtype=torch.int64, device=assignment.image.device)
    return counts.scatter_add_(0, assignment.image, torch.ones_like(assignment.image))
