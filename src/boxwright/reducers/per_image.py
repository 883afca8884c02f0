"""A division of its own for every image."""

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from boxwright.over_processes import images_per_process
from boxwright.reducers.image_counts import positives_per_image
from boxwright.structures.assignment import Assignment
from boxwright.structures.priors import Priors


@dataclass(frozen=True, slots=True)
class PerImageMean:
    """Sums the values of each image, divides by its max(1, positives), and takes the mean over the images of a batch.

    So an object counts more in an image with few of them, and an image without any as much as one with one.

    Source: torchvision 0.29 (software), RetinaNet.
    """

    def __call__(self, values: Float[Tensor, "..."], assignment: Assignment, priors: Priors) -> Float[Tensor, ""]:
        """Gives one number.

        Args:
            values: Per prior or per pair.
            assignment: Its pairs are counted.
            priors: Not needed.
        """
        del priors
        numbers = positives_per_image(assignment).clamp(min=1)
        shares = values.sum(dim=1) / numbers if values.dim() == 2 else values / numbers[assignment.image]
        images = images_per_process(len(numbers), shares)
        return shares.sum() / (max(images, 1) if isinstance(images, int) else images)
