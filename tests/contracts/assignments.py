"""Assignments written by hand."""

import torch
from torch import Tensor

from boxwright.structures import Assignment


def assignment_of(
    image: Tensor,
    prior: Tensor,
    target: Tensor,
    quality: Tensor,
    ignored: Tensor | None = None,
    *,
    size: tuple[int, int] | None = None,
) -> Assignment:
    """Builds one whose weights are its qualities; without a mask it is as large as its pairs need, or of a size."""
    if ignored is None:
        least = [int(column.max()) + 1 if len(column) else 1 for column in (image, prior)]
        ignored = torch.zeros(size or tuple(least), dtype=torch.bool)
    return Assignment(image, prior, target, quality, quality, ignored)
