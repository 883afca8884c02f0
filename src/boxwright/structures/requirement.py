"""Conditions on values that are checked on every device, and that make none wait."""

from collections.abc import Callable

import torch
from jaxtyping import Int64
from torch import Tensor

from boxwright.errors import ShapeError, counted


def require_equal(found: Tensor, wanted: Tensor, fault: Callable[[], str], brief: str) -> None:
    """Raises ShapeError where tensors differ; a device with a queue of its own stops when it gets there.

    A value on the host is read. On a GPU the device checks it, and its error, with the brief text, comes with a later
    operator that waits for the device.

    Args:
        found: Of some shape.
        wanted: Of the same.
        fault: Says what is wrong, what was found and what to do; it may read the device.
        brief: What a device says.

    Raises:
        ShapeError: They differ.
    """
    if torch.compiler.is_compiling() or asserts_by_itself(found.device.type):
        torch._assert_async((found == wanted).all(), brief)
    elif found.device.type != "meta" and not torch.equal(found, wanted):
        raise ShapeError(fault())


def check_labels(labels: Int64[Tensor, "rows"], num_classes: int) -> None:
    """Makes sure that a network has a class for every label; elsewhere its numbers would be those of another prior.

    Args:
        labels: Class indices from 0.
        num_classes: Of the network.

    Raises:
        ShapeError: A label is negative or too large.
    """

    def fault() -> str:
        wrong = labels[(labels < 0) | (labels >= num_classes)]
        return (
            f"A target has label {int(wrong[0])}, the network has {counted(num_classes, 'class', 'classes')} (0 to "
            f"{num_classes - 1}). Set "
            "num_classes to the number of categories of the data set."
        )

    possible = labels.clamp(0, num_classes - 1)
    require_equal(labels, possible, fault, "a target has a label that the network has no class for")


def asserts_by_itself(device_type: str) -> bool:
    """Tells whether a kind of device checks conditions in its queue, so that the host need not wait for a value.

    Args:
        device_type: Such as "cuda".
    """
    if device_type == "cpu":
        return False
    try:
        return bool(torch._C._dispatch_has_kernel_for_dispatch_key("aten::_assert_async.msg", device_type.upper()))
    except RuntimeError:  # torch has no such kind
        return False
