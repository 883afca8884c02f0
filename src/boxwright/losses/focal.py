"""Cross-entropies weighted by how wrong the score is: focal, quality focal, blurred."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from boxwright.errors import ConfigError
from boxwright.geometry.precision import widen
from boxwright.losses.soft_label import SoftLabelCrossEntropy


@dataclass(frozen=True, slots=True)
class FocalLoss:
    """Weights cross-entropy by α_t · (1 − p_t)^γ, so that what is already right costs next to nothing.

    For label t and score p: p_t = t · p + (1 − t) · (1 − p), α_t = t · α + (1 − t) · (1 − α).

    Source: Focal Loss, Lin et al. 2017, eq. 5, continued to soft labels.

    Args:
        gamma: Exponent; 0, or at least 1 (below, the gradient of a right score is infinite).
        alpha: Weight of label 1, 0 to 1; label 0 has 1 − alpha.
        positive_weight: Of the cross-entropy.

    Raises:
        ConfigError: A field is out of its range.
    """

    gamma: float = 1.5
    alpha: float = 0.25
    positive_weight: float = 1.0

    def __post_init__(self) -> None:
        """Checks the ranges."""
        _check(self.gamma, self.alpha, self.positive_weight)

    def __call__(self, logits: Float[Tensor, "*rows"], labels: Float[Tensor, "*rows"]) -> Float[Tensor, "*rows"]:
        """Gives a value for every logit, in float32 or wider.

        Args:
            logits: Of any shape.
            labels: What the scores should be, 0 to 1; not differentiated.
        """
        logits = widen(logits)
        labels = labels.detach().to(logits.dtype)
        scores = torch.sigmoid(logits)
        wrong = torch.lerp(scores, 1 - scores, labels)
        weight = wrong**self.gamma * (1 - self.alpha + (2 * self.alpha - 1) * labels)
        return weight * SoftLabelCrossEntropy(self.positive_weight)(logits, labels)


@dataclass(frozen=True, slots=True)
class QualityFocalLoss:
    """Weights cross-entropy by α_t · |t − p|^γ, which is lowest at the soft label itself.

    Source: Generalized Focal Loss, Li et al. 2020, eq. 5, with the α_t of `FocalLoss`.

    Args:
        gamma: Exponent; 0, or at least 1.
        alpha: Weight of label 1, 0 to 1; label 0 has 1 − alpha. None: no such weight, as in the paper.
        positive_weight: Of the cross-entropy.

    Raises:
        ConfigError: A field is out of its range.
    """

    gamma: float = 1.5
    alpha: float | None = 0.25
    positive_weight: float = 1.0

    def __post_init__(self) -> None:
        """Checks the ranges."""
        _check(self.gamma, 0.5 if self.alpha is None else self.alpha, self.positive_weight)

    def __call__(self, logits: Float[Tensor, "*rows"], labels: Float[Tensor, "*rows"]) -> Float[Tensor, "*rows"]:
        """Gives a value for every logit, in float32 or wider.

        Args:
            logits: Of any shape.
            labels: What the scores should be, 0 to 1; not differentiated.
        """
        logits = widen(logits)
        labels = labels.detach().to(logits.dtype)
        distance = (labels - torch.sigmoid(logits)).abs()
        weight = distance**self.gamma
        if self.alpha is not None:
            weight = weight * (1 - self.alpha + (2 * self.alpha - 1) * labels)
        return weight * SoftLabelCrossEntropy(self.positive_weight)(logits, labels)


@dataclass(frozen=True, slots=True)
class BlurredCrossEntropy:
    """Weights cross-entropy by 1 − exp((p − t − 1) / (α + 0.0001)).

    A sure score without a label may be an object that nobody annotated: near p − t = 1 the weight goes to 0, elsewhere
    it is about 1.

    Source: Jocher et al., YOLOv5 (software, 2020).

    Args:
        alpha: Width of the blur, at least 0.

    Raises:
        ConfigError: The width is below 0.
    """

    alpha: float = 0.05

    def __post_init__(self) -> None:
        """Checks the width."""
        if not self.alpha >= 0:
            raise ConfigError(f"alpha must be at least 0; found {self.alpha}.")

    def __call__(self, logits: Float[Tensor, "*rows"], labels: Float[Tensor, "*rows"]) -> Float[Tensor, "*rows"]:
        """Gives a value for every logit, in float32 or wider.

        Args:
            logits: Of any shape.
            labels: What the scores should be, 0 to 1; not differentiated.
        """
        logits = widen(logits)
        labels = labels.detach().to(logits.dtype)
        excess = torch.sigmoid(logits) - labels
        weight = -torch.expm1((excess - 1) / (self.alpha + 1e-4))
        return weight * SoftLabelCrossEntropy()(logits, labels)


def _check(gamma: float, alpha: float, positive_weight: float) -> None:
    """Raises ConfigError for a field out of its range."""
    if not (gamma == 0 or gamma >= 1):
        raise ConfigError(f"gamma must be 0 or at least 1; found {gamma}.")
    if not 0 <= alpha <= 1:
        raise ConfigError(f"alpha must lie in 0 to 1; found {alpha}.")
    SoftLabelCrossEntropy(positive_weight)
