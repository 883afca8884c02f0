"""The sampler that draws a fixed number of priors per image, positives and negatives in proportion."""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Int64
from torch import Tensor

from boxwright.errors import ConfigError
from boxwright.samplers.sampler import PriorValues
from boxwright.structures.assignment import Assignment

_DRAWN = 1 << 31


@dataclass(frozen=True, slots=True)
class BalancedSampler:
    """Draws `size` priors of each image at random: of the positives at most a fraction, then negatives.

    With fewer positives or negatives than wanted, all of them are taken. What is not drawn is ignored. A prior is
    drawn with all its pairs.

    Source: Fast R-CNN, Girshick 2015, sec. 2.3; Faster R-CNN, Ren et al. 2015, sec. 3.1.3.

    Args:
        size: Priors per image, at least 1.
        positive_fraction: Largest share of the positives in it, 0 to 1.
        negative_ratio: Most negatives per positive (an image without positives counts as one with one); None: any.
        cover_targets: Whether one pair of every target is drawn before all others, as far as the fraction allows.
            This is what adding the targets to the samples is for; see decision 0012.
        seed: The same numbers are drawn in every call; None: from the global generator, see `torch.manual_seed`.

    Raises:
        ConfigError: A field is out of its range.
    """

    size: int = 256
    positive_fraction: float = 0.5
    negative_ratio: float | None = None
    cover_targets: bool = False
    seed: int | None = None

    def __post_init__(self) -> None:
        """Checks the ranges."""
        if self.size < 1:
            raise ConfigError(f"size must be at least 1; found {self.size}.")
        if not 0 <= self.positive_fraction <= 1:
            raise ConfigError(f"positive_fraction must lie in 0 to 1; found {self.positive_fraction}.")
        if self.negative_ratio is not None and not 0 <= self.negative_ratio < math.inf:
            raise ConfigError(
                f"negative_ratio must be at least 0 and finite; found {self.negative_ratio}. None sets no limit."
            )

    @torch.no_grad()
    def __call__(self, assignment: Assignment, prior_values: PriorValues | None = None) -> Assignment:
        """Gives the sampled assignment.

        Args:
            assignment: What the assigner made.
            prior_values: Not needed.
        """
        del prior_values
        ignored = assignment.ignored
        positive = torch.zeros_like(ignored)
        positive[assignment.image, assignment.prior] = True
        keys = self._keys(ignored)
        most = int(self.size * self.positive_fraction)
        wanted = positive.sum(dim=1).clamp(max=most)
        first = self._first_of_targets(assignment, keys) if self.cover_targets else keys
        drawn = _largest(first.masked_fill(~positive, -1), wanted, most)
        num_negatives = self.size - wanted
        if self.negative_ratio is not None:
            num_negatives = num_negatives.minimum((wanted.clamp(min=1) * self.negative_ratio).long())
        negatives = _largest(keys.masked_fill(positive | ignored, -1), num_negatives, self.size)
        return assignment.take(drawn[assignment.image, assignment.prior], ~(drawn | negatives))

    def _keys(self, like: Bool[Tensor, "batch priors"]) -> Int64[Tensor, "batch priors"]:
        """Draws a number for every prior, no two alike in an image; with a seed the same ones on every device."""
        if self.seed is None:
            drawn = torch.randint(_DRAWN, like.shape, device=like.device)
        else:
            generator = torch.Generator().manual_seed(self.seed)
            drawn = torch.randint(_DRAWN, like.shape, generator=generator).to(like.device)
        return (drawn << 31) + torch.arange(like.shape[1] - 1, -1, -1, device=like.device)  # of equal ones the lowest

    def _first_of_targets(
        self, assignment: Assignment, keys: Int64[Tensor, "batch priors"]
    ) -> Int64[Tensor, "batch priors"]:
        """Raises the largest key of each target above those of all other priors."""
        if not len(assignment):
            return keys
        at_pairs = keys[assignment.image, assignment.prior]
        best = keys.new_zeros(int(assignment.target.max()) + 1)
        best.scatter_reduce_(0, assignment.target, at_pairs, "amax")
        leads = at_pairs == best[assignment.target]
        return keys.index_put((assignment.image[leads], assignment.prior[leads]), at_pairs[leads] + (_DRAWN << 31))


def _largest(
    keys: Int64[Tensor, "batch priors"], wanted: Int64[Tensor, "batch"], most: int
) -> Bool[Tensor, "batch priors"]:
    """Marks the wanted number of largest keys of each image; keys below 0 are never taken."""
    most = min(most, keys.shape[1])
    top, prior = keys.topk(most, dim=1)
    taken = (torch.arange(most, device=keys.device) < wanted.unsqueeze(1)) & (top >= 0)
    return torch.zeros_like(keys, dtype=torch.bool).scatter_(1, prior, taken)
