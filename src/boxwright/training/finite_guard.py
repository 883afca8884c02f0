"""Stopping as soon as a loss or a weight is not finite."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from boxwright.bounded_text import listed
from boxwright.errors import TrainingError
from boxwright.structures import ImageOrigin

MOST_NAMES = 256


@dataclass(frozen=True, slots=True)
class _Watched:
    """Values on their way to the host, and what to say about them."""

    values: Tensor
    names: tuple[str, ...]
    origins: tuple[ImageOrigin, ...]
    arrived: torch.cuda.Event | None


class FiniteGuard:
    """Looks at stacked losses once per step, without making a GPU wait.

    On the CPU the values are read at once, before they can reach the weights. On a GPU they travel to the host
    while the step goes on and are read at the next step or at `finish`; nothing is saved before `finish`.
    """

    def __init__(self) -> None:
        self._pending: list[_Watched] = []

    def watch(self, values: Tensor, names: Sequence[str], origins: Sequence[ImageOrigin]) -> None:
        """Takes the values of one step and judges those of the last.

        Args:
            values: One per name; detached.
            names: Of the terms.
            origins: Images of the batch.

        Raises:
            TrainingError: A value is NaN or infinite.
        """
        watched, self._pending = self._pending, []
        for item in watched:
            _judge(item)
        if values.device.type == "cpu":
            _judge(_Watched(values, tuple(names), tuple(origins), None))
            return
        arrived = torch.cuda.Event() if values.device.type == "cuda" else None
        host = values.to("cpu", non_blocking=arrived is not None)
        if arrived is not None:
            arrived.record()
        self._pending.append(_Watched(host, tuple(names), tuple(origins), arrived))

    def finish(self, model: nn.Module) -> None:
        """Judges what is still on its way, and what the last step made of the weights, which no loss has seen yet.

        Args:
            model: That is trained.

        Raises:
            TrainingError: A value is NaN or infinite.
        """
        watched, self._pending = self._pending, []
        for item in watched:
            _judge(item)
        _judge_weights(model)


def describe_losses(losses: Mapping[str, float]) -> str:
    """Writes names and values in one line."""
    return ", ".join(f"{name} {value:.4g}" for name, value in losses.items())


def _judge_weights(model: nn.Module) -> None:
    numbers = {name: value for name, value in model.state_dict().items() if value.is_floating_point()}
    if not numbers or bool(torch.stack([value.isfinite().all() for value in numbers.values()]).all()):
        return
    bad = [name for name, value in numbers.items() if not value.isfinite().all()]
    raise TrainingError(
        f"The weights are not finite in {listed(bad)}: a gradient was too large. The last good checkpoint is kept. "
        "Lower --optimization.lr, or train with --precision 32."
    )


def _judge(watched: _Watched) -> None:
    if watched.arrived is not None:
        watched.arrived.synchronize()
    values = watched.values.tolist()
    bad = [name for name, value in zip(watched.names, values, strict=True) if value - value != 0]
    if not bad:
        return
    found = describe_losses(dict(zip(watched.names, values, strict=True)))
    images = list(dict.fromkeys(name for origin in watched.origins for name in origin.all_names))
    more = f" and {len(images) - MOST_NAMES} more" if len(images) > MOST_NAMES else ""
    raise TrainingError(
        f"The loss is not finite in {', '.join(bad)} ({found}). The images of the batch: "
        f"{', '.join(images[:MOST_NAMES])}{more}. The last good checkpoint is kept. Look at these images and their "
        "boxes, lower --optimization.lr, or train with --precision 32."
    )
