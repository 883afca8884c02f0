"""Which of two implementations runs: the one place where speed is decided.

Every operation of this package has a reference in plain torch. Its shapes are known before it runs, so that the host
does not wait for a GPU, and its gradients come from autograd. On a CPU there is nothing to wait for, but every number
costs time; there a sparse implementation runs, which looks at few numbers and gives the same results. It also runs
where the arrays of the reference would be too large.
"""

import os

import torch

from boxwright.errors import unknown_name

VARIABLE = "BOXWRIGHT_KERNELS"
"""Environment variable: "auto" (or unset), "reference", "sparse" or "compiled", for all operations."""
CHOICES = ("auto", "reference", "sparse", "compiled")
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
        return numbers < few if device.type == "cpu" else numbers <= LARGEST
    if wish == "compiled":
        return numbers <= LARGEST
    return wish == "reference"


def compiles() -> bool:
    """Says whether parts of a reference run as compiled graphs, see `boxwright.kernels.one_graph`.

    Raises:
        ConfigError: The environment variable says something unknown.
    """
    return wished() == "compiled"
