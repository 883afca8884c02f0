"""The sampler that keeps the negatives of largest loss."""

import math
from dataclasses import dataclass, replace

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from boxwright.errors import ConfigError
from boxwright.kernels.choice import takes_reference
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

    @torch.no_grad()
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
        excluded = positive | assignment.ignored
        num_positives = positive.sum(dim=1)
        wanted = (num_positives * self.ratio).ceil().long()
        if self.without_positives:
            wanted = wanted.where(num_positives > 0, self.without_positives)
        is_hard, prior = _largest(values, excluded, wanted)
        counted = positive.scatter_(1, prior, positive.gather(1, prior).logical_or_(is_hard))
        return replace(assignment, ignored=counted.logical_not_())


def _largest(
    values: Float[Tensor, "batch priors"], excluded: Bool[Tensor, "batch priors"], wanted: Int64[Tensor, "batch"]
) -> tuple[Bool[Tensor, "batch most"], Int64[Tensor, "batch most"]]:
    """Says of some priors of each image whether they are the wanted number of largest values; equal ones by prior."""
    num_priors = values.shape[1]
    most = num_priors
    if len(wanted) and not takes_reference(values.device, values.numel()):  # fewer are ranked faster
        most = min(int(wanted.max()), num_priors)
    bits = (values.float() + 0.0).view(torch.int32)  # + 0: no negative zero
    ordered = (bits >> 31).bitwise_and_(0x7FFFFFFF).bitwise_xor_(bits)  # integers in the order of the floats
    descending = torch.arange(num_priors - 1, -1, -1, device=values.device)
    nothing = torch.iinfo(torch.int64).min
    ranked = torch.add(descending, ordered, alpha=1 << 32).masked_fill_(excluded, nothing)
    top, prior = ranked.topk(most, dim=1)
    rank = torch.arange(most, device=values.device)
    return (rank < wanted.unsqueeze(1)).logical_and_(top > nothing), prior
