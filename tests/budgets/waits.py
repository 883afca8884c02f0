"""Counts operators on a CPU, and those of them that would make the host wait for a GPU."""

import traceback
from collections import Counter
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

# How often an operator copies a size or a value to the host, whatever its arguments.
_WAITS = {
    "aten.nonzero.default": 1,
    "aten.masked_select.default": 1,
    "aten.bincount.default": 2,  # the least and the largest value
    "aten._local_scalar_dense.default": 1,  # int(), bool(), float(), item()
    "aten.is_nonzero.default": 1,
    "aten.equal.default": 1,
    "aten._unique2.default": 1,
    "aten.unique_dim.default": 1,
    "aten.unique_consecutive.default": 1,
    "aten.isin.Tensor_Tensor": 1,
    "aten.lift_fresh.default": 1,  # a tensor of Python's numbers: a copy that blocks
    "torchvision.nms.default": 2,  # the mask is read on the host, the number kept is too
}
# Operators that only look at the same numbers in another way, and start nothing on a device.
_VIEWS = {
    "alias", "as_strided", "detach", "expand", "expand_as", "flatten", "lift_fresh", "narrow", "permute", "reshape",
    "select", "slice", "split", "split_with_sizes", "squeeze", "t", "transpose", "unbind", "unflatten", "unsqueeze",
    "view", "view_as", "_unsafe_view", "_reshape_alias",
}  # fmt: skip
_INDEXING = ("aten.index.Tensor", "aten.index_put_.default", "aten.index_put.default")


class DeviceWaits(TorchDispatchMode):
    """Counts, while it is entered, all operators (`operators`), and the waits by their place (`waits`)."""

    def __init__(self) -> None:
        super().__init__()
        self.operators: Counter[str] = Counter()
        self.waits: Counter[str] = Counter()

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        name, options = str(func), kwargs or {}
        self.operators[name] += 1
        number = _WAITS.get(name, 0)
        if name == "aten.repeat_interleave.Tensor":
            number = int(options.get("output_size") is None)
        elif name in _INDEXING:
            number = sum(index is not None and index.dtype in (torch.bool, torch.uint8) for index in args[1])
        if number:
            self._note(name, number)
        return func(*args, **options)

    def _note(self, name: str, number: int) -> None:
        frames = [frame for frame in traceback.extract_stack() if "/boxwright/" in frame.filename]
        place = f"{frames[-1].filename.split('/boxwright/')[-1]}:{frames[-1].lineno}" if frames else "backward"
        self.waits[f"{place} {name}"] += number

    @classmethod
    def of(cls, work: Callable[[], object]) -> "DeviceWaits":
        """Counts what a function does, after a first call that may fill what is kept for later ones."""
        work()
        real = Tensor.tolist
        with cls() as mode:

            def tolist(values: Tensor) -> Any:  # not an operator
                mode._note("tolist", 1)
                return real(values)

            with patch.object(Tensor, "tolist", tolist):
                work()
        return mode

    @property
    def num_waits(self) -> int:
        """How often the host would wait."""
        return self.waits.total()

    @property
    def num_launches(self) -> int:
        """How many operators there were that compute something, which a GPU has to be told of."""
        counts = self.operators.items()
        return sum(number for name, number in counts if name.split(".")[1] not in _VIEWS)

    @property
    def num_operators(self) -> int:
        """How many operators there were, views included."""
        return self.operators.total()
