"""Varifocal loss: soft labels of positives as they are, focal weights for what is none."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from boxwright.errors import ConfigError
from boxwright.geometry.precision import widen
from boxwright.losses.soft_label import SoftLabelCrossEntropy


@dataclass(frozen=True, slots=True)
class VarifocalLoss:
    """Weights cross-entropy by the label t where it is above 0, and by α · p^γ where it is 0.

    So an object that is found well counts more, and background that is right already next to nothing.

    Source: VarifocalNet, Zhang et al. 2021, eq. 2.

    Args:
        gamma: Exponent of the score of background; 0, or at least 1.
        alpha: Weight of background, at least 0.

    Raises:
        ConfigError: A field is out of its range.
    """

    gamma: float = 2.0
    alpha: float = 0.75

    def __post_init__(self) -> None:
        """Checks the ranges."""
        if not (self.gamma == 0 or 1 <= self.gamma < float("inf")):
            raise ConfigError(f"gamma must be 0 or at least 1; found {self.gamma}.")
        if not 0 <= self.alpha < float("inf"):
            raise ConfigError(f"alpha must be finite and at least 0; found {self.alpha}.")

    def __call__(self, logits: Float[Tensor, "*rows"], labels: Float[Tensor, "*rows"]) -> Float[Tensor, "*rows"]:
        """Gives a value for every logit, in float32 or wider.

        Args:
            logits: Of any shape.
            labels: What the scores should be, 0 to 1; not differentiated.
        """
        logits = widen(logits)
        labels = labels.detach().to(logits.dtype)
        weight = torch.where(labels > 0, labels, self.alpha * torch.sigmoid(logits) ** self.gamma)
        return weight * SoftLabelCrossEntropy()(logits, labels)
