"""A mean of its own for every level."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from boxwright.geometry.precision import constant
from boxwright.over_processes import are_several, images_per_process, shared_divisor
from boxwright.structures.assignment import Assignment
from boxwright.structures.priors import Priors


@dataclass(frozen=True, slots=True)
class PerLevelMean:
    """Takes the mean over the pairs (or the priors) of each level, and sums up the levels.

    A level without pairs gives 0. So a pair counts more on a level with few of them, and the result grows with the
    number of levels, not with that of objects.

    Source: Jocher et al., YOLOv5 (software, 2020).
    """

    def __call__(self, values: Float[Tensor, "..."], assignment: Assignment, priors: Priors) -> Float[Tensor, ""]:
        """Gives one number.

        Args:
            values: Per pair (`pairs`) or per prior (`batch priors`).
            assignment: The pairs.
            priors: The priors of the canvas.
        """
        if values.dim() == 2:
            return level_means(values, priors).sum()
        level = priors.level[assignment.prior]
        counts = torch.zeros(len(priors.grids), dtype=torch.int64, device=level.device)
        counts.scatter_add_(0, level, torch.ones_like(level))
        if are_several():
            counts = shared_divisor(counts, 1)  # of a level that has pairs in other processes only too
        return (values / counts[level]).sum()


def level_means(values: Float[Tensor, "batch priors"], priors: Priors) -> Float[Tensor, "levels"]:
    """Gives the mean over all images and priors of each level; of no images it is 0.

    In a distributed training the images are those that a process has of the whole batch on average.

    Args:
        values: Per prior; an ignored prior has 0 and counts as one.
        priors: The priors of the canvas.
    """
    levels = values.split([grid.num_priors for grid in priors.grids], dim=1)
    images = images_per_process(len(values), values)
    if isinstance(images, int):
        counts = constant(tuple([max(level.numel(), 1) for level in levels]), values.dtype, values.device)
    else:
        counts = images * constant(tuple([level.shape[1] for level in levels]), values.dtype, values.device)
    return torch.stack([level.sum() for level in levels]) / counts
