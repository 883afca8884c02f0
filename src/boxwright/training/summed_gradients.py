"""Gradients of batches that no step has used yet, where there are several processes."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from boxwright.over_processes import sum_over_processes


@contextmanager
def gradients_kept(wrapped: Any, *, is_kept: bool) -> Iterator[None]:
    """Lets every process keep its own gradients where no step follows, so that they travel once per step.

    Args:
        wrapped: What the strategy trains.
        is_kept: Whether no step follows.
    """
    if is_kept and isinstance(wrapped, DistributedDataParallel):
        with wrapped.no_sync():
            yield
    else:
        yield


def shared_gradients(model: nn.Module) -> dict[str, Tensor]:
    """Gives the gradients that a step would use by now, by name; every process must ask.

    Those of several processes are averaged, and every process goes on with the average.

    Args:
        model: That is trained.
    """
    wanted = {name: value for name, value in model.named_parameters() if value.requires_grad}
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        has = [value.grad is not None for value in wanted.values()]
        device = next(model.parameters()).device
        is_there = sum_over_processes(torch.tensor(has, dtype=torch.int32, device=device)).tolist()
        for value, number in zip(wanted.values(), is_there, strict=True):
            if number:
                own = torch.zeros_like(value) if value.grad is None else value.grad
                value.grad = sum_over_processes(own) / torch.distributed.get_world_size()
    return {name: value.grad for name, value in wanted.items() if value.grad is not None}
