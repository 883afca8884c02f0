"""Weights of somebody else as those of a system of boxwright."""

from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from boxwright.models import Normalization


@dataclass(frozen=True, slots=True)
class Conversion:
    """What a file of somebody else was recognised as.

    Args:
        form: Whose form the weights have, in words.
        system: Name in the catalogue.
        num_classes: Number of categories.
        options: Of the builder.
        tensors: By boxwright's names.
        names: Of the categories by label, where the form says them.
        ids: Of the categories by label.
        normalization: What the network wants bytes to become, where it is not that of the system.
    """

    form: str
    system: str
    num_classes: int
    options: dict[str, Any]
    tensors: dict[str, Tensor]
    names: tuple[str, ...] | None = None
    ids: tuple[int, ...] | None = None
    normalization: Normalization | None = None
    notes: tuple[str, ...] = field(default=())
