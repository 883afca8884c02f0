"""Which of two implementations runs: the one place where speed is decided.

Every operation of this package has a reference in plain torch. Its shapes are known before it runs, so that the host
does not wait for a GPU, and its gradients come from autograd. On a CPU there is nothing to wait for, but every number
costs time; there a sparse implementation runs, which looks at few numbers and gives the same results. It also runs
where the arrays of the reference would be too large.
"""

import os
from importlib.util import find_spec

import torch

from boxwright.errors import unknown_name

VARIABLE = "BOXWRIGHT_KERNELS"
"""Environment variable: "auto" (or unset), "reference", "sparse" or "compiled", for all operations."""
CHOICES = ("auto", "reference", "sparse", "compiled")
GRAPHS_AFTER = 100
"""Calls of a part of a reference before a GPU gets a graph of it: who calls it less often never pays a compiler."""
LARGEST = 1 << 26
"""Numbers in an array of the reference; where there would be more, the sparse implementation runs."""


def wished() -> str:
    """Gives what the environment variable says.

    Raises:
        ConfigError: It says something unknown.
    """
    wish = os.environ.get(VARIABLE, "auto") or "auto"
    if wish not in CHOICES:
        raise unknown_name(f"choice of kernels in {VARIABLE}", wish, CHOICES)
    return wish


def takes_reference(device: torch.device, numbers: int, few: int = 0) -> bool:
    """Says whether an operation runs as its reference.

    Args:
        device: Where its inputs are.
        numbers: In the largest array that the reference would make.
        few: Below so many the reference is quicker on a CPU too.

    Raises:
        ConfigError: The environment variable says something unknown.
    """
    wish = wished()
    if wish == "auto":
        return numbers < few if kind_of(device) == "cpu" else numbers <= LARGEST
    if wish == "compiled":
        return numbers <= LARGEST
    return wish == "reference"


def graphs_after(device: torch.device) -> int | None:
    """Gives the calls after which a part of a reference runs as a graph, see `boxwright.kernels.one_graph`.

    On a CUDA device a graph saves the host most of the operators that it must start one by one; it takes Triton to make
    one.

    Args:
        device: Where its inputs are.

    Returns:
        A number of calls, or None: it never does.

    Raises:
        ConfigError: The environment variable says something unknown.
    """
    wish = wished()
    if wish == "compiled":
        return 0
    return GRAPHS_AFTER if wish == "auto" and kind_of(device) == "cuda" and has_triton() else None


def kind_of(device: torch.device) -> str:
    """Gives the kind of a device, such as "cuda"; what is chosen depends on nothing else of it.

    Args:
        device: Where something computes.
    """
    return device.type


def has_triton() -> bool:
    """Says whether the compiler for GPUs is installed; Linux's wheels of torch bring it, others do not."""
    return find_spec("triton") is not None
