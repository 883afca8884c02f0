"""The plain mean over pairs, not weighted by quality."""

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from boxwright.over_processes import are_several, shared_divisor
from boxwright.structures.assignment import Assignment
from boxwright.structures.priors import Priors


@dataclass(frozen=True, slots=True)
class PairMean:
    """Sums the values and divides by the number of pairs of the batch, each counting alike; at least by 1."""

    def __call__(self, values: Float[Tensor, "..."], assignment: Assignment, priors: Priors) -> Float[Tensor, ""]:
        """Gives one number.

        Args:
            values: Per pair (or per prior).
            assignment: The pairs.
            priors: Not needed.
        """
        del priors
        count = len(assignment)
        return values.sum() / (shared_divisor(values.new_full((), count), 1) if are_several() else max(count, 1))
