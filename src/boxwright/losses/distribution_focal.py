"""Cross-entropy of a binned distance against the two bins around the true one."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from boxwright.geometry.precision import constant, widen


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
        bins = constant(tuple(range(log_scores.shape[2])), log_scores.dtype, log_scores.device)
        with torch.no_grad():
            nearness = (1 - (distances.unsqueeze(2) - bins).abs()).clamp(min=0)  # 0 but at the two bins
            share = nearness / -4
        loss: Tensor = (share * log_scores).sum(dim=(1, 2))
        return loss
