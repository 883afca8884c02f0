"""How well the priors of a generator cover the objects of a data set, before anything is trained."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from boxwright.data import Dataset
from boxwright.geometry.letterbox import Fit, fit_letterbox
from boxwright.kernels.overlap_search import best_overlaps
from boxwright.structures import Priors


@dataclass(frozen=True, slots=True)
class PriorOverlap:
    """The IoU of every object with the prior that overlaps it most.

    Args:
        overlap: One per object, 0 to 1; ignored objects are left out.
    """

    overlap: Float[Tensor, "objects"]

    def share_below(self, threshold: float) -> float:
        """Gives the share of objects whose best prior has an IoU below a threshold; NaN without objects.

        Such an object has the one prior that a matching by two rules owes it, and a matching by threshold alone
        loses it.

        Args:
            threshold: 0 to 1.
        """
        return float((self.overlap < threshold).double().mean())

    def verdict(self, threshold: float = 0.5) -> str:
        """Says in a sentence how many objects are covered badly.

        Args:
            threshold: IoU below which a prior covers an object badly.
        """
        if not len(self.overlap):
            return "Priors: there are no objects to measure them on."
        share, median = 100 * self.share_below(threshold), float(self.overlap.median())
        return (
            f"Priors: {share:.1f} % of {len(self.overlap)} objects have no prior of IoU {threshold:g} or more; the "
            f"median of the best IoU is {median:.2f}."
        )


def prior_overlap(
    dataset: Dataset, prior_generator: Callable[[tuple[int, int]], Priors], canvas_size: tuple[int, int], fit: Fit
) -> PriorOverlap:
    """Measures the best prior of every object; images are not decoded.

    Args:
        dataset: Where the objects are.
        prior_generator: Of a system.
        canvas_size: Height and width in pixels.
        fit: How the system puts images into the canvas.
    """
    priors = prior_generator(canvas_size)
    found = [torch.zeros(0, dtype=torch.float64)]
    for position in range(len(dataset)):
        truth = dataset.truth(position)
        letterbox = fit_letterbox(truth.origin.size, canvas_size, fit=fit)
        found.append(best_overlaps(letterbox.to_canvas(truth.boxes[~truth.ignore]), priors))
    return PriorOverlap(torch.cat(found))
