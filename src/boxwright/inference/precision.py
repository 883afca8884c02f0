"""The arithmetic of a network, by name."""

from contextlib import AbstractContextManager
from typing import Literal

import torch

from boxwright.errors import unknown_name
from boxwright.geometry.precision import without_autocast

Precision = Literal["32", "bf16", "fp16"]
"""float32; or the half of that width where it is safe, and float32 elsewhere."""

PRECISIONS: dict[str, torch.dtype | None] = {"32": None, "bf16": torch.bfloat16, "fp16": torch.float16}


def dtype_of(precision: str) -> torch.dtype | None:
    """Gives the narrower type of numbers that a precision allows; None for float32 alone.

    Args:
        precision: "32", "bf16" or "fp16", as in training.

    Raises:
        ConfigError: There is no such precision.
    """
    if precision not in PRECISIONS:
        raise unknown_name("precision", precision, PRECISIONS)
    return PRECISIONS[precision]


def computing_in(precision: str, device: torch.device) -> AbstractContextManager[object]:
    """Makes a network compute in a precision, whatever holds around it.

    Args:
        precision: "32", "bf16" or "fp16", as in training.
        device: Where it computes.

    Raises:
        ConfigError: There is no such precision.
    """
    dtype = dtype_of(precision)
    return without_autocast(device) if dtype is None else torch.autocast(device.type, dtype)
