"""SIoU: overlap, distance along the direction of the target, and shape."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from boxwright.errors import ConfigError
from boxwright.geometry.box_pairs import box_pairs
from boxwright.geometry.overlaps import EPSILON


@dataclass(frozen=True, slots=True)
class SIoULoss:
    """Costs 1 − IoU + (Δ + Ω) / 2.

    Δ = Σ over x and y of 1 − exp(−(2 − Λ) · (offset / enclosing side)²) with Λ = sin(2α) and α the angle between the
    line of the centres and the x axis, so that a box first moves to the nearer axis of its target. Ω = Σ over width
    and height of (1 − exp(−|difference| / the larger))^θ.

    Source: SIoU Loss, Gevorgyan 2022, eq. 1 to 8.

    Args:
        theta: How much the shape counts: the larger, the less. At least 1; the paper has 2 to 6.

    Raises:
        ConfigError: It is below 1.
    """

    theta: float = 4.0

    def __post_init__(self) -> None:
        """Checks the exponent."""
        if not 1 <= self.theta < float("inf"):
            raise ConfigError(f"theta must be a finite exponent of at least 1; found {self.theta}.")

    def __call__(
        self, boxes: Float[Tensor, "pairs 4"], target_boxes: Float[Tensor, "pairs 4"]
    ) -> Float[Tensor, "pairs"]:
        """Gives the loss of each pair, 0 for a perfect match.

        Args:
            boxes: Predicted, xyxy.
            target_boxes: xyxy in the same unit; not differentiated.
        """
        pairs = box_pairs(boxes, target_boxes.detach())
        across, down = pairs.offset.unbind(1)
        # sin(2α) = 2 · sin α · cos α, without an angle
        along = 2 * (across * down).abs() / (pairs.offset.square().sum(dim=1) + EPSILON)
        gamma = (2 - along).unsqueeze(1)
        distance = -torch.expm1(-gamma * (pairs.offset / (pairs.enclosing + EPSILON)).square())
        difference = (pairs.size - pairs.other_size).abs() / (pairs.size.maximum(pairs.other_size) + EPSILON)
        shape = (-torch.expm1(-difference)) ** self.theta
        return 1 - pairs.iou + (distance + shape).sum(dim=1) / 2
