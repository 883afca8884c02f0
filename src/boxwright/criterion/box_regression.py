"""The box term: decoded boxes of the pairs against their targets."""

from dataclasses import dataclass, field

from jaxtyping import Float
from torch import Tensor

from boxwright.criterion.matches import Matches
from boxwright.criterion.term import Reducer, weighted
from boxwright.losses.overlap import OverlapLoss
from boxwright.reducers.by_quality import ByQuality
from boxwright.structures.proposals import Decode


@dataclass(frozen=True, slots=True)
class BoxRegressionTerm:
    """Charges each pair for its box, weighted by the pair's quality; boxes are compared in strides.

    Args:
        decode: The coder's `decode`.
        gain: Weight of the term.
        loss: Gives a value per pair from predicted and true xyxy boxes.
        reducer: Turns the values into one number.
        name: What the term is called.
    """

    decode: Decode
    gain: float = 7.5
    loss: OverlapLoss = field(default_factory=OverlapLoss)
    reducer: Reducer = field(default_factory=ByQuality)
    name: str = "box"

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
        boxes = self.decode(codes=matches.box_codes, priors=matches.prior_boxes)
        return self.loss(boxes, matches.target_boxes.to(boxes.dtype)) * matches.assignment.quality

    def reduce(self, values: Float[Tensor, "pairs"], matches: Matches) -> Float[Tensor, ""]:
        """Turns the values into the weighted loss; linear in them.

        Args:
            values: From `values`.
            matches: What they were computed from.
        """
        return weighted(self.reducer(values, matches.assignment, matches.priors), self.gain)
