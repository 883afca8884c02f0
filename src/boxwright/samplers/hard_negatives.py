"""The sampler that keeps the negatives of largest loss."""

import math
from dataclasses import dataclass, replace

import torch

from boxwright.errors import ConfigError
from boxwright.kernels.hardest_priors import hardest_priors
from boxwright.samplers.sampler import PriorValues
from boxwright.structures.assignment import Assignment


@dataclass(frozen=True, slots=True)
class HardNegatives:
    """Keeps every positive and, per image, the negatives of largest loss; the others are ignored.

    An image with P positives keeps ratio · P negatives (a part of one counts as one), or all that it has, if these are
    fewer. Positives and priors that were ignored are never counted as negatives. Of equal losses (in float32) that of
    the lowest prior comes first.

    Source: SSD, Liu et al. 2016, sec. 2.2, "hard negative mining".

    Args:
        ratio: Negatives per positive, at least 0.
        without_positives: Negatives that an image without any positive keeps; published code has 0, so that such an
            image teaches nothing.

    Raises:
        ConfigError: A number is below 0.
    """

    ratio: float = 3.0
    without_positives: int = 0

    def __post_init__(self) -> None:
        """Checks the fields."""
        for name in ("ratio", "without_positives"):
            if not 0 <= getattr(self, name) < math.inf:
                raise ConfigError(
                    f"{name} must be a finite number of at least 0; found {getattr(self, name)}. KeepAll keeps all."
                )

    def __call__(self, assignment: Assignment, prior_values: PriorValues | None = None) -> Assignment:
        """Gives the sampled assignment.

        Args:
            assignment: What the assigner made.
            prior_values: What every prior would cost as background.

        Raises:
            ConfigError: There are no values to rank by.
        """
        if prior_values is None:
            raise ConfigError(
                "HardNegatives ranks priors by their loss, but was called without prior_values. Give a function that "
                "returns the loss per prior, or use KeepAll."
            )
        values = prior_values()
        positive = torch.zeros_like(values, dtype=torch.bool)
        positive.view(-1).index_fill_(0, assignment.image * values.shape[1] + assignment.prior, True)
        num_positives = positive.sum(dim=1)
        wanted = (num_positives * self.ratio).ceil().long()
        if self.without_positives:
            wanted = wanted.where(num_positives > 0, self.without_positives)
        hard = hardest_priors(values, positive | assignment.ignored, wanted)
        return replace(assignment, ignored=hard.logical_or_(positive).logical_not_())
