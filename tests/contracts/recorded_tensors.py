"""Watches which tensors a computation makes."""

from dataclasses import dataclass
from math import prod
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


@dataclass(frozen=True)
class Created:
    """One tensor with memory of its own."""

    operation: str
    shape: tuple[int, ...]
    num_elements: int


class RecordedTensors(TorchDispatchMode):
    """Lists every tensor whose memory is new; views and in-place results are not listed."""

    def __init__(self) -> None:
        super().__init__()
        self.created: list[Created] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        known = {_memory(leaf) for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)}
        for leaf in tree_leaves(result):
            if isinstance(leaf, Tensor) and leaf.device.type != "meta" and _memory(leaf) not in known:
                room = leaf.untyped_storage().nbytes() // leaf.element_size()
                self.created.append(Created(str(func), tuple(leaf.shape), max(room, prod(leaf.shape))))
        return result

    def at_least(self, num_elements: int) -> list[Created]:
        """Gives the tensors of at least this size."""
        return [tensor for tensor in self.created if tensor.num_elements >= num_elements]


def _memory(tensor: Tensor) -> int:
    with torch.no_grad():
        return tensor.untyped_storage().data_ptr()
