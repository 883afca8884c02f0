"""The state of the random numbers of a training."""

from collections.abc import Mapping
from typing import Any

import torch


def random_state(device: torch.device) -> dict[str, Any]:
    """Gives what a checkpoint keeps: of the CPU, and of a CUDA device.

    Args:
        device: Where the network computes.
    """
    state = {"random_state": torch.get_rng_state()}
    if device.type == "cuda":
        state["cuda_random_state"] = torch.cuda.get_rng_state(device)
    return state


def set_random_state(state: Mapping[str, Any], device: torch.device) -> None:
    """Takes up what a checkpoint kept; a CUDA device that it knows nothing of stays as it is.

    Args:
        state: Has the names of `random_state`.
        device: Where the network computes.
    """
    torch.set_rng_state(state["random_state"].cpu())
    if device.type == "cuda" and "cuda_random_state" in state:
        torch.cuda.set_rng_state(state["cuda_random_state"].cpu(), device)
