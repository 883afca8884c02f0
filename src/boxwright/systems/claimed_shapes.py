"""Whether a model file holds what it claims, found out before memory is taken for the network."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.module import (
    register_module_buffer_registration_hook,
    register_module_parameter_registration_hook,
)

from boxwright.bounded_text import bounded
from boxwright.errors import DataError
from boxwright.foreign_weights.own_numbers import require_own_numbers
from boxwright.models import load_weights
from boxwright.systems.catalog import build_system

LARGEST_CANVAS = 2**28
"""Pixels of a canvas that a model file may name."""

_NO_TRUST = "Do not trust the file"
_SPARE = 2  # a tensor may be registered again, for instance a bias that is replaced


def require_true_claims(
    system: str,
    num_classes: int,
    options: Mapping[str, Any],
    weights: Mapping[str, Tensor],
    canvas_size: tuple[int, ...],
) -> None:
    """Raises if a network is another than that of its weights; it is built without memory to find that out.

    Args:
        system: Name in the catalogue.
        num_classes: Number of categories.
        options: Of the builder.
        weights: Of the file.
        canvas_size: That the file names.

    Raises:
        DataError: The weights do not fit, or are views of fewer numbers than they have, or the canvas is impossible.
        ConfigError: The system, or an option, is unknown or impossible.
    """
    if not isinstance(weights, Mapping) or not all(isinstance(tensor, Tensor) for tensor in weights.values()):
        raise DataError(f"the weights are not tensors by name. {_NO_TRUST}.")
    require_own_numbers(weights)
    is_size = len(canvas_size) == 2 and all(isinstance(side, int) and side > 0 for side in canvas_size)
    if not is_size or canvas_size[0] * canvas_size[1] > LARGEST_CANVAS:
        raise DataError(f"the canvas cannot be {canvas_size}; allowed are {LARGEST_CANVAS:,} pixels. {_NO_TRUST}.")
    try:
        with _limited_tensors(len(weights)), torch.device("meta"):
            detector = build_system(system, num_classes, **options).detector
    except (TypeError, AttributeError, LookupError, RuntimeError, OverflowError) as error:
        raise DataError(f"its options cannot be: {bounded(str(error), 300)}. {_NO_TRUST}.") from error
    load_weights(detector, {name: tensor.to("meta") for name, tensor in weights.items()})


@contextmanager
def _limited_tensors(stored: int) -> Iterator[None]:
    """Stops the building of networks that have many more tensors than the file: layers without end."""
    most, count = _SPARE * stored + 16, 0

    def counted(module: nn.Module, name: str, value: Any) -> None:
        nonlocal count
        count += value is not None
        if count > most:
            raise DataError(
                f"The weights do not fit the network: the file has {stored} tensors, the network that it describes "
                f"over {most}. {_NO_TRUST}."
            )

    hooks = [
        register_module_parameter_registration_hook(counted),
        register_module_buffer_registration_hook(counted),
    ]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
