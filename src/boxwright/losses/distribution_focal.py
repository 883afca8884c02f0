"""Cross-entropy of a binned distance against the two bins around the true one."""

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from boxwright.geometry.precision import widen


@dataclass(frozen=True, slots=True)
class DistributionFocalLoss:
    """Pulls a distribution towards the two bins that hold the true distance, in proportion to their nearness.

    DFL = (⌈d⌉ − d) · CE(⌊d⌋) + (d − ⌊d⌋) · CE(⌊d⌋ + 1), mean over the four sides.

    Source: Generalized Focal Loss, Li et al. 2020, eq. 6.
    """

    def __call__(
        self, codes: Float[Tensor, "pairs code"], distances: Float[Tensor, "pairs 4"]
    ) -> Float[Tensor, "pairs"]:
        """Gives the loss of each pair.

        Args:
            codes: Logits, four sides times the bins, side-major.
            distances: True distances in strides, from 0 to below bins − 1.
        """
        log_scores = widen(codes).unflatten(1, (4, -1)).log_softmax(dim=2)
        lower = distances.floor()
        upper_share = distances - lower
        index = lower.long().unsqueeze(2)
        at_lower = log_scores.gather(2, index).squeeze(2)
        at_upper = log_scores.gather(2, index + 1).squeeze(2)
        loss: Tensor = -((1 - upper_share) * at_lower + upper_share * at_upper).mean(dim=1)
        return loss
