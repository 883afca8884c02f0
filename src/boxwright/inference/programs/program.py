"""What runs an exported network."""

from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor

from boxwright.errors import MissingExtraError


class Program(Protocol):
    """Runs an exported network."""

    device: torch.device

    def __call__(self, inputs: Sequence[Tensor]) -> list[Tensor]:
        """Gives the outputs, in order.

        Args:
            inputs: In order, on the CPU.
        """
        ...


Opened = tuple[str | None, Callable[[torch.device], Program]]
"""What the metadata of a file say, and what makes the program of it for a device."""


def required(module: str, path: Path, extra: str) -> Any:
    """Imports what runs a file.

    Args:
        module: To import.
        path: Of the file.
        extra: Of boxwright, which brings it.

    Raises:
        MissingExtraError: It is not installed.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise MissingExtraError(
            f'{path} needs the package {module}, which is missing. Install it: pip install "boxwright[{extra}]".'
        ) from error
