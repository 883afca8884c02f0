"""The class term: every prior against the soft labels of the pairs."""

from dataclasses import dataclass, field

import torch
from jaxtyping import Float
from torch import Tensor

from boxwright.criterion.background import without_background
from boxwright.criterion.class_weights import weighted_by_class
from boxwright.criterion.matches import Matches
from boxwright.criterion.reduction import reduced_values, weighted_reduction
from boxwright.criterion.term import Reducer
from boxwright.losses.binary_cross_entropy import BinaryCrossEntropy
from boxwright.losses.kinds import PriorLoss
from boxwright.reducers.by_quality import ByQuality


@dataclass(frozen=True, slots=True)
class ClassificationTerm:
    """Charges every prior that is not ignored for its class logits, which are of independent classes.

    Args:
        gain: Weight of the term.
        loss: Gives a value per prior from level blocks and pairs.
        reducer: Turns the values into one number.
        name: What the term is called.
        positive_weight: Factor of the values of priors that are in a pair.
        class_weights: Factor by the class of a pair's target, see `weighted_by_class`; None for none.
    """

    gain: float = 0.5
    loss: PriorLoss = field(default_factory=BinaryCrossEntropy)
    reducer: Reducer = field(default_factory=ByQuality)
    name: str = "class"
    positive_weight: float = 1.0
    class_weights: tuple[float, ...] | None = None

    __call__ = reduced_values
    reduce = weighted_reduction

    def values(self, matches: Matches) -> Float[Tensor, "batch priors"]:
        """Gives what each prior costs, without the gain.

        Args:
            matches: The pairs and everything they refer to.

        Raises:
            ShapeError: The network predicts a background, which no sigmoid can read.
        """
        without_background(matches.predictions, self.name)
        assignment = matches.assignment
        values = self.loss(
            matches.predictions.class_logits, assignment.image, assignment.prior, matches.labels, assignment.quality
        )
        values = values.masked_fill(assignment.ignored, 0)
        if self.positive_weight != 1:
            weights = torch.ones_like(values)
            weights[assignment.image, assignment.prior] = self.positive_weight
            values = values * weights
        return weighted_by_class(values, matches, self.class_weights)
