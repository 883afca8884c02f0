"""The mask term: predicted masks of the pairs against those of their targets."""

from dataclasses import dataclass, field
from typing import Literal

from jaxtyping import Float
from torch import Tensor

from boxwright.criterion.matches import Matches
from boxwright.errors import ShapeError, unknown_name
from boxwright.losses.mask import MaskLoss
from boxwright.reducers.pair_mean import PairMean, image_means
from boxwright.structures.level_rows import rows_at

AVERAGES = ("pairs", "images")


@dataclass(frozen=True, slots=True)
class MaskTerm:
    """Charges each pair for its mask, every pair alike: quality does not weigh here, as published.

    Args:
        gain: Weight of the term.
        loss: Gives a value per pair from coefficients, prototypes and targets.
        average: Over what the mean is taken: all "pairs" of the batch, or "images", that is the mean over images of
            each image's own mean (releases up to 8.0).
        name: What the term is called.

    Raises:
        ConfigError: The average is unknown.
    """

    gain: float = 7.5
    loss: MaskLoss = field(default_factory=MaskLoss)
    average: Literal["pairs", "images"] = "pairs"
    name: str = "mask"

    def __post_init__(self) -> None:
        """Checks the name of the average."""
        if self.average not in AVERAGES:
            raise unknown_name("average of the mask term", self.average, AVERAGES)

    def __call__(self, matches: Matches) -> Float[Tensor, ""]:
        """Gives the weighted loss.

        Args:
            matches: The pairs and everything they refer to.

        Raises:
            ShapeError: The network predicts no masks, or the targets have none.
        """
        return self.reduce(self.values(matches), matches)

    def values(self, matches: Matches) -> Float[Tensor, "pairs"]:
        """Gives what each pair costs, unweighted.

        Args:
            matches: The pairs and everything they refer to.

        Raises:
            ShapeError: The network predicts no masks, or the targets have none.
        """
        predicted, pairs = matches.predictions.masks, matches.assignment
        if predicted is None:
            raise ShapeError(
                "The mask term needs predictions with masks; the head made none. Give the detector a mask_head."
            )
        coefficients = rows_at(predicted.coefficients, pairs.image, pairs.prior)
        return self.loss(coefficients, predicted.prototypes, pairs.target, matches.targets)

    def reduce(self, values: Float[Tensor, "pairs"], matches: Matches) -> Float[Tensor, ""]:
        """Turns the values into the weighted loss; linear in them.

        Args:
            values: From `values`.
            matches: What they were computed from.
        """
        if self.average == "images":
            return self.gain * image_means(values, matches.assignment.image, matches.targets.batch_size).mean()
        return self.gain * PairMean()(values, matches.assignment, matches.priors)
