"""Wise-IoU: overlap and distance, weighted by how far a pair is from the running mean."""

import math
from collections.abc import Mapping

import torch
from jaxtyping import Float
from torch import Tensor

from boxwright.errors import ConfigError
from boxwright.geometry.box_pairs import box_pairs
from boxwright.geometry.overlaps import EPSILON
from boxwright.over_processes import sum_over_processes

VERSIONS = (1, 3)
_LARGEST_WEIGHT = 30.0  # its logarithm


class WiseIoULoss:
    """Costs R · (1 − IoU) with R = exp(distance² / diagonal²); version 3 times r as well.

    The diagonal of the enclosing box is a constant in the gradient, so that boxes do not grow to cost less. In
    version 3, β is the loss 1 − IoU of a pair over its running mean, a constant too, and r = β / (δ · α^(β − δ)): what
    is far worse or far better than the others counts less than what is somewhat worse than they are.

    The mean moves in `after_step` only, by the mean over the pairs of the last call, those of all processes of a
    distributed training, and is saved by `state_dict`.

    Source: Wise-IoU, Tong et al. 2023, eq. 5 to 12.

    Args:
        version: 1, without β; or 3.
        alpha: Above 1; the larger, the less outliers count.
        delta: β at which r is 1, above 0.
        momentum: How fast the mean follows, 0 to 1.

    Raises:
        ConfigError: There is no such version, or a number is out of its range.
    """

    def __init__(self, version: int = 3, alpha: float = 1.9, delta: float = 3.0, momentum: float = 0.01) -> None:
        if version not in VERSIONS:
            raise ConfigError(f"version must be one of {', '.join(map(str, VERSIONS))}; found {version}.")
        if not 1 < alpha < float("inf") or not 0 < delta < float("inf") or not 0 <= momentum <= 1:
            raise ConfigError(
                "Wise-IoU needs alpha above 1, delta above 0 and momentum from 0 to 1; found "
                f"{alpha}, {delta} and {momentum}."
            )
        if delta * math.log(alpha) > _LARGEST_WEIGHT:
            raise ConfigError(
                "Wise-IoU weighs what is far below the mean by up to alpha to the power of delta, which is too much for"
                f" alpha {alpha} and delta {delta}. The paper has 1.4 to 1.9 and 3 to 5."
            )
        self.version, self.alpha, self.delta, self.momentum = version, alpha, delta, momentum
        self.mean = torch.ones(())
        self._seen: Tensor | None = None  # sum and number of the losses of the last call

    def __call__(
        self, boxes: Float[Tensor, "pairs 4"], target_boxes: Float[Tensor, "pairs 4"]
    ) -> Float[Tensor, "pairs"]:
        """Gives the loss of each pair, 0 for a perfect match; notes the mean.

        Args:
            boxes: Predicted, xyxy.
            target_boxes: xyxy in the same unit; not differentiated.
        """
        pairs = box_pairs(boxes, target_boxes.detach())
        loss = 1 - pairs.iou
        diagonal = pairs.enclosing.detach().square().sum(dim=1) + EPSILON
        attention = (pairs.offset.square().sum(dim=1) / diagonal).exp()
        if self.version == 1:
            return attention * loss
        known = loss.detach().clamp(min=0)
        self._seen = torch.stack((known.sum().float(), known.new_full((), len(known), dtype=torch.float32)))
        outlier = known / self.mean.to(known).clamp(min=EPSILON)
        return attention * loss * outlier / (self.delta * self.alpha ** (outlier - self.delta))

    def after_step(self) -> None:
        """Moves the mean by that of the last call; without pairs since then it stays."""
        seen, self._seen = self._seen, None
        if self.version == 1 or seen is None:
            return
        total, number = sum_over_processes(seen)
        before = self.mean.to(total)
        self.mean = torch.where(number > 0, torch.lerp(before, total / number.clamp(min=1), self.momentum), before)

    def state_dict(self) -> dict[str, Tensor]:
        """Gives what `load_state_dict` takes; version 1 keeps nothing."""
        return {"mean": self.mean.cpu().clone()} if self.version == 3 else {}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Takes up the mean.

        Args:
            state: From `state_dict`.
        """
        if self.version == 3:
            self.mean, self._seen = state["mean"].to(self.mean), None
