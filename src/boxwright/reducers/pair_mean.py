"""The plain mean over pairs, not weighted by quality."""

from dataclasses import dataclass

from jaxtyping import Float, Int64
from torch import Tensor

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
        return values.sum() / max(len(assignment), 1)


def image_means(
    values: Float[Tensor, "pairs"], image: Int64[Tensor, "pairs"], batch_size: int
) -> Float[Tensor, "images"]:
    """Gives the mean over the pairs of each image, 0 for an image without pairs.

    Args:
        values: Per pair.
        image: Image of each pair.
        batch_size: Number of images.
    """
    counts = values.new_zeros(batch_size).index_add_(0, image, values.new_ones(len(image)))
    return values.new_zeros(batch_size).index_add(0, image, values) / counts.clamp(min=1)
