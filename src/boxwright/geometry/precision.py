"""Which precision the arithmetic runs in, and functions that treat equal inputs equally."""

from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache

import torch
from torch import Tensor

_AS_IT_IS = nullcontext()


def without_autocast(device: torch.device) -> AbstractContextManager[object]:
    """Keeps what follows in the precision of its inputs.

    Args:
        device: Where it computes.
    """
    # entering an autocast that changes nothing takes as long as ten small operators
    if torch.is_autocast_enabled(device.type):
        return torch.autocast(device.type, enabled=False)
    return _AS_IT_IS


def constant(values: tuple[float, ...] | tuple[int, ...], dtype: torch.dtype, device: torch.device) -> Tensor:
    """Gives numbers as a tensor, which is kept; it must not be changed.

    Args:
        values: The numbers.
        dtype: Of the tensor.
        device: Of the tensor.
    """
    return _kept(values, dtype, device)


@lru_cache(maxsize=128)
@torch.inference_mode(False)  # what is kept must also serve a later training step
def _kept(values: tuple[float, ...] | tuple[int, ...], dtype: torch.dtype, device: torch.device) -> Tensor:
    return torch.tensor(values, dtype=dtype, device=device)


def widen(values: Tensor) -> Tensor:
    """Gives half-precision values in float32 and wider ones as they are.

    In half precision 1 − IoU, exponentials and sixth powers lose everything that matters near a perfect match.
    """
    return values.float() if values.dtype in (torch.float16, torch.bfloat16) else values


WITHOUT_FLOAT64 = {"mps"}
"""Kinds of devices that have no float64."""


def widest(device: torch.device) -> torch.dtype:
    """Gives the widest type of numbers that a device has.

    Args:
        device: Where it computes.
    """
    return torch.float32 if device.type in WITHOUT_FLOAT64 else torch.float64


@torch.no_grad()
def even_sigmoid(values: Tensor) -> Tensor:
    """Gives 1 / (1 + exp(−x)), the same number for the same input wherever it lies in the tensor.

    `torch.sigmoid` rounds differently in its vector loop and in the remainder of that loop, so that equal
    predictions would not tie. It is for scores that are compared, and is not differentiated.
    """
    return values.neg().exp_().add_(1).reciprocal_()


def even_power(values: Tensor, exponent: float) -> Tensor:
    """Gives a power of non-negative values, the same number for the same input wherever it lies in the tensor.

    `torch.pow` does not, for the reason that `even_sigmoid` gives. Whole exponents are products, so they are also the
    same on every device.
    """
    if exponent == 0.5:
        return values.sqrt()
    if exponent < 0 or exponent != int(exponent):
        return values.log().mul_(exponent).exp_()
    result, factor, rest = None, values, int(exponent)
    while rest > 0:
        if rest % 2 == 1:
            result = factor if result is None else result * factor
        rest //= 2
        factor = factor * factor if rest > 0 else factor
    return torch.ones_like(values) if result is None else result
