"""The distribution term: binned distances of the pairs against the true ones."""

from dataclasses import dataclass, field

from jaxtyping import Float
from torch import Tensor

from boxwright.coders.distribution import DistributionCoder
from boxwright.criterion.matches import Matches
from boxwright.criterion.term import Reducer, weighted
from boxwright.losses.distribution_focal import DistributionFocalLoss
from boxwright.reducers.by_quality import ByQuality


@dataclass(frozen=True, slots=True)
class DistributionTerm:
    """Charges each pair for its distance distributions, weighted by the pair's quality.

    Args:
        coder: Gives the true distances, clamped to what the bins can express.
        gain: Weight of the term.
        loss: Gives a value per pair from codes and distances.
        reducer: Turns the values into one number.
        name: What the term is called.
    """

    coder: DistributionCoder
    gain: float = 1.5
    loss: DistributionFocalLoss = field(default_factory=DistributionFocalLoss)
    reducer: Reducer = field(default_factory=ByQuality)
    name: str = "dfl"

    def __call__(self, matches: Matches) -> Float[Tensor, ""]:
        """Gives the weighted loss.

        Args:
            matches: The pairs and everything they refer to.
        """
        return self.reduce(self.values(matches), matches)

    def values(self, matches: Matches) -> Float[Tensor, "pairs"]:
        """Gives what each pair costs, unweighted.

        Args:
            matches: The pairs and everything they refer to.
        """
        distances = self.coder.encode(boxes=matches.target_boxes, priors=matches.prior_boxes)
        return self.loss(matches.box_codes, distances) * matches.assignment.quality

    def reduce(self, values: Float[Tensor, "pairs"], matches: Matches) -> Float[Tensor, ""]:
        """Turns the values into the weighted loss; linear in them.

        Args:
            values: From `values`.
            matches: What they were computed from.
        """
        return weighted(self.reducer(values, matches.assignment, matches.priors), self.gain)
