"""The means of the loss terms over an epoch."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor


class TermMeans:
    """Adds up the loss terms of an epoch where they are, and reads them only when asked."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forgets everything."""
        self._names: list[str] = []
        self._last: Tensor | None = None
        self._sum: Tensor | None = None
        self._count = 0

    def add(self, names: list[str], values: Tensor) -> None:
        """Adds the values of one step."""
        self._names, self._last = names, values
        self._sum = values if self._sum is None else self._sum + values
        self._count += 1

    def last(self) -> dict[str, float]:
        """Gives the terms of the last step; waits for the device."""
        return {} if self._last is None else dict(zip(self._names, self._last.tolist(), strict=True))

    def means(self, over_devices: Callable[[Tensor], Tensor] = lambda values: values) -> dict[str, float]:
        """Gives the mean of every term; waits for the device.

        Args:
            over_devices: Makes the values of all devices one.
        """
        if self._sum is None:
            return {}
        return dict(zip(self._names, over_devices(self._sum / self._count).tolist(), strict=True))

    def state_dict(self, over_devices: Callable[[Tensor], Tensor] = lambda values: values) -> dict[str, Any]:
        """Gives what a checkpoint in the middle of an epoch keeps, as plain types.

        Args:
            over_devices: Makes the values of all devices one.
        """
        total = None if self._sum is None else over_devices(self._sum)
        return {"names": self._names, "sum": total, "count": self._count}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Takes up what a checkpoint kept."""
        self._names, self._sum, self._count = state["names"], state["sum"], state["count"]


def stacked(losses: Mapping[str, Tensor]) -> Tensor:
    """Gives losses as one tensor, without gradients, in float32.

    Args:
        losses: Scalars by name.
    """
    return torch.stack([value.detach().float() for value in losses.values()])
