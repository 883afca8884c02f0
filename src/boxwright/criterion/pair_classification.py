"""The class term of systems with objectness: the pairs alone against their labels."""

from dataclasses import dataclass, field

import torch
from jaxtyping import Float
from torch import Tensor

from boxwright.criterion.background import without_background
from boxwright.criterion.class_weights import weighted_by_class
from boxwright.criterion.matches import Matches
from boxwright.criterion.reduction import reduced_values, weighted_reduction
from boxwright.criterion.term import Reducer
from boxwright.kernels.level_rows import rows_at
from boxwright.losses.given_values import given_values
from boxwright.losses.soft_label import SoftLabelCrossEntropy, SoftLabelLoss, smooth_labels
from boxwright.reducers.per_level import PerLevelMean


@dataclass(frozen=True, slots=True)
class PairClassificationTerm:
    """Charges each pair for its class logits, the mean over the classes; background is the business of objectness.

    The label of the target's class is the quality of the pair, and 0 of all others.

    Args:
        gain: Weight of the term.
        loss: Gives a value for a logit and its label.
        label_smoothing: How much of a label is spread, 0 to 1, see `smooth_labels`.
        reducer: Turns the values into one number.
        name: What the term is called.
        class_weights: Factor by the class of a pair's target, see `weighted_by_class`; None for none.

    Raises:
        ConfigError: The smoothing is out of range.
    """

    gain: float = 0.5
    loss: SoftLabelLoss = field(default_factory=SoftLabelCrossEntropy)
    label_smoothing: float = 0.0
    reducer: Reducer = field(default_factory=PerLevelMean)
    name: str = "class"
    class_weights: tuple[float, ...] | None = None

    __call__ = reduced_values
    reduce = weighted_reduction

    def __post_init__(self) -> None:
        """Checks the smoothing."""
        smooth_labels(self.label_smoothing)

    def values(self, matches: Matches) -> Float[Tensor, "pairs"]:
        """Gives what each pair costs, without the gain.

        Args:
            matches: The pairs and everything they refer to.

        Raises:
            ShapeError: The network predicts a background, which is no class of a pair.
        """
        without_background(matches.predictions, self.name)
        assignment = matches.assignment
        logits = rows_at(matches.predictions.class_logits, assignment.image, assignment.prior)
        present, absent = smooth_labels(self.label_smoothing)
        labels = torch.full_like(logits, absent, dtype=matches.target_boxes.dtype)
        soft = torch.lerp(
            labels[:, :1], labels.new_full((1, 1), present), assignment.quality.to(labels.dtype).unsqueeze(1)
        )
        labels.scatter_(1, matches.labels.unsqueeze(1), soft)
        values = given_values(self.loss(logits, labels), logits.shape, self.loss)
        return weighted_by_class(values.mean(dim=1), matches, self.class_weights)
