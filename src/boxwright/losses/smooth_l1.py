"""Distances between codes: L1, and L1 that is rounded near zero."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor

from boxwright.errors import ConfigError
from boxwright.geometry.precision import widen


@runtime_checkable
class CodeLoss(Protocol):
    """Costs every pair by how far its codes are from the right ones."""

    def __call__(
        self, codes: Float[Tensor, "pairs code"], target_codes: Float[Tensor, "pairs code"]
    ) -> Float[Tensor, "pairs"]:
        """Gives the loss of each pair, in float32 or wider.

        Args:
            codes: Predicted.
            target_codes: What they should be; not differentiated.
        """
        ...


@dataclass(frozen=True, slots=True)
class L1:
    """Costs the sum of |code − target| over the numbers of a code."""

    def __call__(
        self, codes: Float[Tensor, "pairs code"], target_codes: Float[Tensor, "pairs code"]
    ) -> Float[Tensor, "pairs"]:
        """Gives the loss of each pair, in float32 or wider.

        Args:
            codes: Predicted.
            target_codes: What they should be; not differentiated.
        """
        codes = widen(codes)
        return (codes - target_codes.detach().to(codes.dtype)).abs().sum(dim=1)


@dataclass(frozen=True, slots=True)
class SmoothL1:
    """Costs, summed over the numbers of a code, ½ d² / β for |d| < β and |d| − ½ β beyond.

    With β = 1/9, the choice of RetinaNet's first implementation, it is close to `L1`; SSD has β = 1.

    Source: Fast R-CNN, Girshick 2015, eq. 3, with the width of the rounding as a parameter.

    Args:
        beta: Where the parabola meets the line, above 0.

    Raises:
        ConfigError: It is not above 0.
    """

    beta: float = 1 / 9

    def __post_init__(self) -> None:
        """Checks the width."""
        if not self.beta > 0:
            raise ConfigError(f"beta must be above 0; found {self.beta}. L1 is what SmoothL1 becomes at 0.")

    def __call__(
        self, codes: Float[Tensor, "pairs code"], target_codes: Float[Tensor, "pairs code"]
    ) -> Float[Tensor, "pairs"]:
        """Gives the loss of each pair, in float32 or wider.

        Args:
            codes: Predicted.
            target_codes: What they should be; not differentiated.
        """
        codes = widen(codes)
        targets = target_codes.detach().to(codes.dtype)
        # what torch.nn.functional.smooth_l1_loss calls, after checks that take longer than it
        loss: Tensor = torch.ops.aten.smooth_l1_loss(codes, targets, 0, self.beta)
        return loss.sum(dim=1)
