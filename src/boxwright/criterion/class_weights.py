"""Weights of classes: how much a class term charges for the objects of each."""

import torch
from jaxtyping import Float
from torch import Tensor

from boxwright.criterion.matches import Matches
from boxwright.geometry.precision import constant


def weighted_by_class(
    values: Float[Tensor, "..."], matches: Matches, weights: tuple[float, ...] | None
) -> Float[Tensor, "..."]:
    """Multiplies what a pair costs, or the prior of a pair, by the weight of its target's class.

    What is in no pair is background, which has no class: its weight is 1. Of several targets at one prior the largest
    weight counts.

    Source: Class-Balanced Loss, Cui et al. 2019, eq. 7 to 10, where the loss of a sample, be it a softmax, a sigmoid
    or focal, has a factor by the class of the sample.

    Args:
        values: Per pair (`pairs`) or per prior (`batch priors`).
        matches: What they were computed from.
        weights: By label; None leaves the values as they are.
    """
    if weights is None:
        return values
    of_pairs = constant(weights, values.dtype, values.device).take(matches.labels)
    if values.dim() == 1:
        return values * of_pairs
    found, factors = matches.assignment, torch.ones_like(values).flatten()
    point = torch.add(found.prior, found.image, alpha=found.num_priors)
    factors.scatter_reduce_(0, point, of_pairs, "amax", include_self=False)
    return values * factors.view_as(values)
