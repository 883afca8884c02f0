"""Gradients that are written out by hand: what holds for all of them."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import torch
from torch import Tensor

from boxwright.geometry.precision import without_autocast

Backward = Callable[..., Any]


def differentiable_once(backward: Backward) -> Backward:
    """Gives the `backward` of a `torch.autograd.Function` that keeps its precision and cannot be differentiated.

    What a hand-written gradient saves has no graph, so that a second derivative through it would lack terms, without a
    word. (`torch.autograd.function.once_differentiable` tells only if the gradient that comes in has a graph.) And a
    backward pass may run inside autocast, as under Lightning, which would change types in the middle of the arithmetic.

    Args:
        backward: Gets the context and the gradients of the outputs.
    """

    @wraps(backward)
    def once(ctx: Any, *gradients: Tensor | None) -> Any:
        if torch.is_grad_enabled():
            raise RuntimeError(
                "create_graph=True asks for a gradient that can be differentiated again; this one is written out by "
                "hand and cannot. Set the environment variable BOXWRIGHT_KERNELS=reference for gradients from "
                "autograd, or leave this loss out of the penalty."
            )
        device = next((gradient.device for gradient in gradients if gradient is not None), torch.device("cpu"))
        with without_autocast(device):
            return backward(ctx, *gradients)

    return once
