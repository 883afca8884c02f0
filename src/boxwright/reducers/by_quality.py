"""Division by the summed quality of the batch."""

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from boxwright.structures.assignment import Assignment
from boxwright.structures.priors import Priors


@dataclass(frozen=True, slots=True)
class ByQuality:
    """Sums the values and divides by max(Σ quality, floor), both over the batch of all processes.

    Source: TOOD, Feng et al. 2021, sec. 3.2; the floor of 1 is YOLOv8's.

    Args:
        floor: The least divisor; it keeps a batch without positives finite.
    """

    floor: float = 1.0

    def __call__(self, values: Float[Tensor, "..."], assignment: Assignment, priors: Priors) -> Float[Tensor, ""]:
        """Gives one number.

        Args:
            values: Per prior or per pair.
            assignment: Its qualities are summed.
            priors: Not needed.
        """
        del priors
        return values.sum() / assignment.summed_quality(self.floor)
