"""Division by the positives, or by all priors that were sampled, of the batch."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from boxwright.over_processes import mean_over_processes
from boxwright.reducers.image_counts import positives_per_image
from boxwright.structures.assignment import Assignment
from boxwright.structures.priors import Priors


@dataclass(frozen=True, slots=True)
class ByPositives:
    """Sums the values and divides by Σ_images max(1, positives) + epsilon.

    An image without positives counts as one, so the number is larger than max(1, Σ positives).

    Source: MMDetection 3.3 (software), where epsilon is that of float32.

    Args:
        epsilon: Added to the divisor.
        average_over_ranks: Whether the processes of a distributed training divide by the mean of their numbers, so that
            the loss is that of the whole batch; else each divides by its own.
    """

    epsilon: float = torch.finfo(torch.float32).eps
    average_over_ranks: bool = True

    def __call__(self, values: Float[Tensor, "..."], assignment: Assignment, priors: Priors) -> Float[Tensor, ""]:
        """Gives one number.

        Args:
            values: Per prior or per pair.
            assignment: Its pairs are counted.
            priors: Not needed.
        """
        del priors
        number = positives_per_image(assignment).clamp(min=1).sum().to(values.dtype)
        if self.average_over_ranks:
            number = mean_over_processes(number)
        return values.sum() / (number + self.epsilon)


@dataclass(frozen=True, slots=True)
class BySamples:
    """Sums the values and divides by Σ_images (max(1, positives) + max(1, negatives)) + epsilon.

    Negatives are the priors that are neither in a pair nor ignored, so with a sampler those that it drew.

    Source: MMDetection 3.3 (software), for every sampler but the one that keeps all.

    Args:
        epsilon: Added to the divisor.
        average_over_ranks: As in `ByPositives`.
    """

    epsilon: float = torch.finfo(torch.float32).eps
    average_over_ranks: bool = True

    def __call__(self, values: Float[Tensor, "..."], assignment: Assignment, priors: Priors) -> Float[Tensor, ""]:
        """Gives one number.

        Args:
            values: Per prior or per pair.
            assignment: What is in pairs and what is ignored.
            priors: Not needed.
        """
        del priors
        positives = positives_per_image(assignment)
        counted = assignment.num_priors - assignment.ignored.sum(dim=1)
        number = (positives.clamp(min=1) + (counted - positives).clamp(min=1)).sum().to(values.dtype)
        if self.average_over_ranks:
            number = mean_over_processes(number)
        return values.sum() / (number + self.epsilon)
