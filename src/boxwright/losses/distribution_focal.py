"""Cross-entropy of a binned distance against the two bins around the true one."""

from dataclasses import dataclass
from typing import Any

import torch
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
        rows = widen(codes).unflatten(1, (4, -1))
        return _DistributionFocal.apply(rows, distances)  # type: ignore[no-any-return]


class _DistributionFocal(torch.autograd.Function):
    """Cross-entropy against a row of two soft labels for every side; the gradient is softmax minus labels."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, distances: Tensor) -> Tensor:
        log_scores, lower = rows.log_softmax(dim=2), distances.floor()
        upper_share = (distances - lower).to(rows.dtype).unsqueeze(2)
        index = lower.long().unsqueeze(2)
        labels = torch.zeros_like(log_scores).scatter_(2, index, 1 - upper_share).scatter_(2, index + 1, upper_share)
        ctx.save_for_backward(log_scores, labels)
        return (labels * log_scores).sum(dim=(1, 2)).div_(-4)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        log_scores, labels = ctx.saved_tensors
        return log_scores.exp().sub_(labels).mul_((gradients[0] / 4).view(-1, 1, 1)), None
