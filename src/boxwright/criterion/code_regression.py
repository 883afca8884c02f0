"""The box term of systems that compare codes: what was predicted for the pairs against their encoded targets."""

from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from jaxtyping import Float
from torch import Tensor

from boxwright.coders.delta import DeltaCoder
from boxwright.criterion.matches import Matches
from boxwright.criterion.term import Reducer, weighted
from boxwright.losses.smooth_l1 import L1, CodeLoss
from boxwright.reducers.by_quality import ByQuality


@runtime_checkable
class Encoder(Protocol):
    """A coder, as far as this term needs it."""

    def encode(self, *, boxes: Float[Tensor, "pairs 4"], priors: Float[Tensor, "pairs _"]) -> Float[Tensor, "pairs _"]:
        """Gives the codes of xyxy boxes."""
        ...


@dataclass(frozen=True, slots=True)
class CodeRegressionTerm:
    """Charges each pair for its box codes, weighted by the pair's quality.

    Args:
        coder: Encodes the targets; boxes and priors are in strides.
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
        codes = self.coder.encode(boxes=matches.target_boxes, priors=matches.prior_boxes)
        return self.loss(matches.box_codes, codes) * matches.assignment.quality

    def reduce(self, values: Float[Tensor, "pairs"], matches: Matches) -> Float[Tensor, ""]:
        """Turns the values into the weighted loss; linear in them.

        Args:
            values: From `values`.
            matches: What they were computed from.
        """
        return weighted(self.reducer(values, matches.assignment, matches.priors), self.gain)
