"""The moving average of the weights, which is what is evaluated and saved."""

import copy
import math
from typing import Any

import torch
from torch import Tensor, nn


class WeightAverage:
    """Follows a network: average = d * average + (1 - d) * weights, with d = decay * (1 - exp(-updates / tau)).

    The decay grows from 0, so that the average forgets the random start. Buffers are copied. It is no module of
    its own, so that a trainer neither trains it, wraps it nor changes its mode: it stays in evaluation mode.

    Args:
        model: The network to follow; copied.
        decay: Decay after many updates, 0 to 1; 0 keeps a plain copy.
        tau: Updates over which the decay grows; 0 for all of it at once.
    """

    def __init__(self, model: nn.Module, decay: float = 0.9999, tau: float = 2000.0) -> None:
        self.model = copy.deepcopy(model).eval().requires_grad_(False)
        self.decay = decay
        self.tau = tau
        self.updates = 0

    def decay_at(self, updates: int) -> float:
        """Computes the decay of an update, counted from 1."""
        return self.decay * (1 - math.exp(-updates / self.tau)) if self.tau > 0 else self.decay

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        """Moves the average towards the weights of the network."""
        self.updates += 1
        rest = 1 - self.decay_at(self.updates)
        averages: list[Tensor] = list(self.model.parameters())
        torch._foreach_lerp_(averages, [value.detach() for value in model.parameters()], rest)
        for own, followed in zip(self.model.buffers(), model.buffers(), strict=True):
            own.copy_(followed)

    def to(self, device: torch.device | str) -> None:
        """Moves the average to a device."""
        self.model.to(device)

    def state_dict(self) -> dict[str, Any]:
        """Gives what a checkpoint keeps, as plain types."""
        return {"weights": self.model.state_dict(), "updates": self.updates}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Takes up what a checkpoint kept."""
        self.model.load_state_dict(state["weights"])
        self.updates = state["updates"]
