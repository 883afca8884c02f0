"""A value per prior: the cost of background everywhere, corrected at the pairs. One function for every such loss."""

from collections.abc import Callable
from typing import Protocol, runtime_checkable

from jaxtyping import Float, Int64
from torch import Tensor

from boxwright.geometry.precision import widen
from boxwright.kernels.choice import takes_reference
from boxwright.structures.level_blocks import join_levels

Read = Callable[[Tensor], Tensor]
"""Reads the numbers at one place in the row of every pair."""

SparseValues = Callable[[tuple[Tensor, ...], Tensor, Tensor, Tensor, Tensor], Tensor]


@runtime_checkable
class AgainstBackgroundForm(Protocol):
    """A loss of the form Σ_priors background + Σ_pairs change."""

    def background(self, logits: Float[Tensor, "batch values priors"]) -> Float[Tensor, "batch priors"]:
        """Gives what every prior costs without a label."""
        ...

    def change(
        self, read: Read, label: Int64[Tensor, "pairs"], quality: Float[Tensor, "pairs"]
    ) -> Float[Tensor, "pairs"]:
        """Gives what a pair changes in the value of its prior."""
        ...


def prior_values(
    loss: AgainstBackgroundForm,
    sparse: SparseValues | None,
    logits: tuple[Float[Tensor, "batch _priors_per_cell _values _height _width"], ...],
    image: Int64[Tensor, "pairs"],
    prior: Int64[Tensor, "pairs"],
    label: Int64[Tensor, "pairs"],
    quality: Float[Tensor, "pairs"],
) -> Float[Tensor, "batch priors"]:
    """Gives the loss of every prior, in float32 or wider.

    Law: the sparse implementation gives the values and the gradients of the two formulas of the loss.

    Args:
        loss: The two formulas.
        sparse: Gives the same from the arguments that follow; None: there is none.
        logits: Level blocks.
        image: Image of each pair.
        prior: Prior of each pair.
        label: Class of each pair, from 0.
        quality: Soft label of each pair, 0 to 1; not differentiated.
    """
    if sparse is not None and not takes_reference(logits[0].device, sum([block.numel() for block in logits])):
        return sparse(logits, image, prior, label, quality)
    joined = widen(join_levels(logits))
    change = loss.change(lambda value: joined[image, value, prior], label, quality.detach())
    return loss.background(joined).index_put((image, prior), change, accumulate=True)
