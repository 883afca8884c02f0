"""The mask term: predicted masks of the pairs against those of their targets."""

from dataclasses import dataclass, field

from jaxtyping import Float
from torch import Tensor

from boxwright.criterion.matches import Matches
from boxwright.criterion.reduction import reduced_values, weighted_reduction
from boxwright.criterion.term import Reducer
from boxwright.errors import ShapeError
from boxwright.kernels.level_rows import rows_at
from boxwright.losses.kinds import InstanceLoss
from boxwright.losses.mask import MaskLoss
from boxwright.reducers.pair_mean import PairMean


@dataclass(frozen=True, slots=True)
class MaskTerm:
    """Charges each pair for its mask, in published systems every pair alike.

    Args:
        gain: Weight of the term.
        loss: Gives a value per pair from coefficients, prototypes and targets.
        reducer: Turns the values into one number; `PairMean`, or `PerImageMean` for releases up to 8.0.
        is_weighted: Whether a pair counts by its weight.
        name: What the term is called.
    """

    gain: float = 7.5
    loss: InstanceLoss = field(default_factory=MaskLoss)
    reducer: Reducer = field(default_factory=PairMean)
    is_weighted: bool = False
    name: str = "mask"

    __call__ = reduced_values
    reduce = weighted_reduction

    def values(self, matches: Matches) -> Float[Tensor, "pairs"]:
        """Gives what each pair costs, times its weight if `is_weighted`, without the gain.

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
        values = self.loss(coefficients, predicted.prototypes, pairs.target, matches.targets)
        return values * pairs.weight if self.is_weighted else values
