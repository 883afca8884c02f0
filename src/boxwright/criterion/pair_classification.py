"""The class term of systems with objectness: the pairs alone against their labels."""

from dataclasses import dataclass, field

import torch
from jaxtyping import Float
from torch import Tensor

from boxwright.criterion.matches import Matches
from boxwright.criterion.term import Reducer, weighted
from boxwright.losses.soft_label import SoftLabelCrossEntropy, SoftLabelLoss, smooth_labels
from boxwright.reducers.per_level import PerLevelMean


@dataclass(frozen=True, slots=True)
class PairClassificationTerm:
    """Charges each pair for its class logits, the mean over the classes; background is the business of objectness.

    Args:
        gain: Weight of the term.
        loss: Gives a value for a logit and its label.
        label_smoothing: How much of a label is spread, 0 to 1, see `smooth_labels`.
        reducer: Turns the values into one number.
        name: What the term is called.

    Raises:
        ConfigError: The smoothing is out of range.
    """

    gain: float = 0.5
    loss: SoftLabelLoss = field(default_factory=SoftLabelCrossEntropy)
    label_smoothing: float = 0.0
    reducer: Reducer = field(default_factory=PerLevelMean)
    name: str = "class"

    def __post_init__(self) -> None:
        """Checks the smoothing."""
        smooth_labels(self.label_smoothing)

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
        assignment = matches.assignment
        logits = matches.predictions.class_logits_at(assignment.image, assignment.prior)
        present, absent = smooth_labels(self.label_smoothing)
        labels = torch.full_like(logits, absent, dtype=matches.target_boxes.dtype)
        labels.scatter_(1, matches.labels.unsqueeze(1), present)
        return self.loss(logits, labels).mean(dim=1) * assignment.quality

    def reduce(self, values: Float[Tensor, "pairs"], matches: Matches) -> Float[Tensor, ""]:
        """Turns the values into the weighted loss; linear in them.

        Args:
            values: From `values`.
            matches: What they were computed from.
        """
        return weighted(self.reducer(values, matches.assignment, matches.priors), self.gain)
