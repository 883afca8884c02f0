"""The distribution term: binned distances of the pairs against the true ones."""

from dataclasses import dataclass, field

from jaxtyping import Float
from torch import Tensor

from boxwright.coders.coder import Encoder
from boxwright.criterion.matches import Matches
from boxwright.criterion.reduction import reduced_values, weighted_reduction
from boxwright.criterion.term import Reducer
from boxwright.losses.distribution_focal import DistributionFocalLoss
from boxwright.losses.kinds import DistanceLoss
from boxwright.reducers.by_quality import ByQuality


@dataclass(frozen=True, slots=True)
class DistributionTerm:
    """Charges each pair for its distance distributions, by the pair's weight.

    Args:
        coder: Gives the true distances, clamped to what the bins can express.
        gain: Weight of the term.
        loss: Gives a value per pair from codes and distances.
        reducer: Turns the values into one number.
        name: What the term is called.
    """

    coder: Encoder
    gain: float = 1.5
    loss: DistanceLoss = field(default_factory=DistributionFocalLoss)
    reducer: Reducer = field(default_factory=ByQuality)
    name: str = "dfl"

    __call__ = reduced_values
    reduce = weighted_reduction

    def values(self, matches: Matches) -> Float[Tensor, "pairs"]:
        """Gives what each pair costs, times its weight, without the gain.

        Args:
            matches: The pairs and everything they refer to.
        """
        distances = self.coder.encode(boxes=matches.target_boxes, priors=matches.prior_boxes)
        return self.loss(matches.box_codes, distances) * matches.assignment.weight
