"""The box term of systems that compare codes: what was predicted for the pairs against their encoded targets."""

from dataclasses import dataclass, field

from jaxtyping import Float
from torch import Tensor

from boxwright.coders.coder import Encoder
from boxwright.coders.delta import DeltaCoder
from boxwright.criterion.matches import Matches
from boxwright.criterion.reduction import reduced_values, weighted_reduction
from boxwright.criterion.term import Reducer
from boxwright.losses.smooth_l1 import L1, CodeLoss
from boxwright.reducers.by_quality import ByQuality


@dataclass(frozen=True, slots=True)
class CodeRegressionTerm:
    """Charges each pair for its box codes, by the pair's weight.

    Args:
        coder: Encodes the targets.
        gain: Weight of the term.
        loss: Gives a value per pair from predicted and true codes.
        reducer: Turns the values into one number.
        name: What the term is called.
    """

    coder: Encoder = field(default_factory=DeltaCoder)
    gain: float = 1.0
    loss: CodeLoss = field(default_factory=L1)
    reducer: Reducer = field(default_factory=ByQuality)
    name: str = "box"

    __call__ = reduced_values
    reduce = weighted_reduction

    def values(self, matches: Matches) -> Float[Tensor, "pairs"]:
        """Gives what each pair costs, times its weight, without the gain.

        Args:
            matches: The pairs and everything they refer to.
        """
        codes = self.coder.encode(boxes=matches.target_boxes, priors=matches.prior_boxes)
        return self.loss(matches.box_codes, codes) * matches.assignment.weight
