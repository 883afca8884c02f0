"""Binary cross-entropy of logits against soft labels, number by number."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import softplus

from boxwright.errors import ConfigError
from boxwright.geometry.precision import widen


@runtime_checkable
class SoftLabelLoss(Protocol):
    """Costs every logit by its own label."""

    def __call__(self, logits: Float[Tensor, "*rows"], labels: Float[Tensor, "*rows"]) -> Float[Tensor, "*rows"]:
        """Gives a value for every logit, in float32 or wider.

        Args:
            logits: Of any shape.
            labels: What the scores should be, 0 to 1; not differentiated.
        """
        ...


@dataclass(frozen=True, slots=True)
class SoftLabelCrossEntropy:
    """Costs −(w · t · ln σ(x) + (1 − t) · ln(1 − σ(x))) for label t, with w the positive weight.

    Args:
        positive_weight: Above 1, missed positives cost more; above 0.

    Raises:
        ConfigError: The weight is not above 0.
    """

    positive_weight: float = 1.0

    def __post_init__(self) -> None:
        """Checks the weight."""
        if not self.positive_weight > 0:
            raise ConfigError(f"positive_weight must be above 0; found {self.positive_weight}.")

    def __call__(self, logits: Float[Tensor, "*rows"], labels: Float[Tensor, "*rows"]) -> Float[Tensor, "*rows"]:
        """Gives a value for every logit, in float32 or wider.

        Args:
            logits: Of any shape.
            labels: What the scores should be, 0 to 1; not differentiated.
        """
        logits = widen(logits)
        labels = labels.detach().to(logits.dtype)
        weighted = self.positive_weight * labels
        return (1 - labels + weighted) * softplus(logits) - weighted * logits


def smooth_labels(epsilon: float) -> tuple[float, float]:
    """Gives the labels that stand for 1 and for 0 after smoothing: 1 − ε/2 and ε/2.

    The share is not divided by the number of classes.

    Source: Bag of Freebies, Zhang et al. 2019, sec. 3.2, for binary labels.

    Args:
        epsilon: How much is spread, 0 to 1.

    Raises:
        ConfigError: It is out of range.
    """
    if not 0 <= epsilon <= 1:
        raise ConfigError(f"Label smoothing must lie in 0 to 1; found {epsilon}.")
    return 1 - epsilon / 2, epsilon / 2
