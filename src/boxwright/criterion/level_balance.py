"""The weights of the levels in a loss over all priors, and how they follow the losses."""

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor

from boxwright.errors import ConfigError, ShapeError, counted
from boxwright.geometry.precision import widest
from boxwright.over_processes import mean_over_processes

_LEAST_LOSS = 1e-9  # a loss of 0 must not make a weight infinite


@runtime_checkable
class Balance(Protocol):
    """Weighs the levels; one that moves with their losses is `Stateful`."""

    def __call__(self, losses: Float[Tensor, "levels"], /) -> Float[Tensor, ""]:
        """Gives the weighted sum.

        Args:
            losses: Of the levels, finest first.
        """
        ...


class LevelBalance:
    """Weighs the losses of the levels; with `is_moving`, the weights follow the losses.

    A call only weighs, and notes the losses. `after_step`, which the training calls once after each batch, lets the
    weights move: wᵢ ← (1 − rate) · wᵢ + rate / lossᵢ, then all are divided by the one of the reference level. So a
    level whose loss is small gets a larger weight. `state_dict` saves them.
    The processes of a distributed training share the means of their losses, so that all have the same weights; what was
    published gives each its own, and saves those of the first.

    Source: Jocher et al., YOLOv5 (software, 2020), "autobalance".

    Args:
        weights: At the start, finest level first.
        is_moving: Whether the weights follow the losses.
        reference: Level whose weight is kept at 1.
        rate: How fast they follow, 0 to 1.

    Raises:
        ConfigError: There is no such reference level, or the rate is out of range.
    """

    def __init__(
        self, weights: tuple[float, ...], *, is_moving: bool = False, reference: int = 1, rate: float = 1e-4
    ) -> None:
        if is_moving and not 0 <= reference < len(weights):
            raise ConfigError(
                f"The reference level {reference} is not one of {len(weights)}. Give one from 0 to {len(weights) - 1}."
            )
        if not 0 <= rate <= 1:
            raise ConfigError(f"rate must lie in 0 to 1; found {rate}.")
        self.weights = torch.tensor(weights, dtype=torch.float64)
        self.is_moving, self.reference, self.rate = is_moving, reference, rate
        self._losses: Tensor | None = None

    def __call__(self, losses: Float[Tensor, "levels"]) -> Float[Tensor, ""]:
        """Gives the weighted sum.

        Args:
            losses: One per level, unweighted.

        Raises:
            ShapeError: There are more or fewer levels than weights.
        """
        if len(losses) != len(self.weights):
            raise ShapeError(
                f"Found {counted(len(losses), 'level')} and {counted(len(self.weights), 'weight')} of levels. Give "
                "every level a weight."
            )
        if (self.weights.device, self.weights.dtype) != (losses.device, widest(losses.device)):
            self.weights = self.weights.to(losses.device, widest(losses.device))
        if self.is_moving:
            self._losses = losses.detach()
        return (losses * self.weights.to(losses.dtype)).sum()

    def after_step(self) -> None:
        """Moves the weights by the losses of the last call; without a call since then nothing happens."""
        if self._losses is None:
            return
        aim = 1 / mean_over_processes(self._losses.to(self.weights.dtype)).clamp(min=_LEAST_LOSS)
        weights = (1 - self.rate) * self.weights + self.rate * aim
        self.weights, self._losses = weights / weights[self.reference], None

    def state_dict(self) -> dict[str, Tensor]:
        """Gives what `load_state_dict` takes, nothing if the weights never move."""
        return {"weights": self.weights.cpu().clone()} if self.is_moving else {}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Takes up the weights.

        Args:
            state: From `state_dict`.

        Raises:
            ShapeError: It holds weights of other levels.
        """
        if not self.is_moving:
            return
        if state["weights"].shape != self.weights.shape:
            raise ShapeError(
                f"The state has {counted(len(state['weights']), 'weight')} of levels, the criterion "
                f"{len(self.weights)}. Resume "
                "with the system that the checkpoint is of."
            )
        self.weights, self._losses = state["weights"].to(self.weights), None
