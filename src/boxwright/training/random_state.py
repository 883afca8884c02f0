"""The state of the random numbers of a training."""

import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
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


@contextmanager
def random_state_kept(device: torch.device) -> Iterator[None]:
    """Puts all global random numbers back: those of torch, of NumPy and of Python.

    Args:
        device: Where the network computes.
    """
    of_torch, of_numpy, of_python = random_state(device), np.random.get_state(), random.getstate()
    try:
        yield
    finally:
        set_random_state(of_torch, device)
        np.random.set_state(of_numpy)
        random.setstate(of_python)
