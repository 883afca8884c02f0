"""Parts of a reference as one graph each, made by `torch.compile`."""

import warnings
from collections import Counter
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any, ParamSpec, TypeVar

import torch

from boxwright.geometry.precision import constant
from boxwright.kernels.choice import VARIABLE, graphs_after

BACKEND = "inductor"
"""What `torch.compile` makes of a graph; it needs Triton for a GPU, and a C++ compiler for a CPU."""

Inputs = ParamSpec("Inputs")
Result = TypeVar("Result")

_calls: Counter[Callable[..., Any]] = Counter()
_failures: list[str] = []


def one_graph(function: Callable[Inputs, Result], device: torch.device, *rows: int) -> Callable[Inputs, Result]:
    """Gives a function as one graph where `graphs_after` chooses that, and elsewhere as it is.

    Sizes are variables of the graph, so that one serves any number of targets; 0 and 1 would have their own, and are
    not worth a compiler. Where a graph cannot be made or run, a warning says why, once, and from then on all
    functions of this process run as they are.

    Args:
        function: Of tensors and of values that hold them; no shape in it depends on a value.
        device: Where its inputs are.
        rows: Numbers of targets and of pairs in them.
    """
    after = graphs_after(device)
    if after is None or _failures or min(rows) < 2 or torch.compiler.is_compiling():
        return function
    _calls[function] += 1
    return function if _calls[function] <= after else partial(_run, function)


def _run(function: Callable[Inputs, Result], *args: Inputs.args, **kwargs: Inputs.kwargs) -> Result:
    try:
        found: Result = _graph(function, BACKEND)(*args, **kwargs)
    except Exception as error:  # compilers fail in many ways
        cause = f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"
    else:
        return found
    found = function(*args, **kwargs)  # a fault of its own is raised here, and blames no compiler
    _failures.append(cause)
    warnings.warn(
        f"{function.__name__.strip('_')} could not be compiled; it and all others run as they are, which is slower on "
        f"a GPU ({cause}). Install what torch.compile needs, or set {VARIABLE}=reference to do without it.",
        stacklevel=3,
    )
    return found


@lru_cache(maxsize=64)
def _graph(function: Callable[..., Any], backend: str | Callable[..., Any]) -> Callable[..., Any]:
    torch.compiler.assume_constant_result(constant)  # so that a graph holds the numbers where they lie
    return torch.compile(function, fullgraph=True, dynamic=True, backend=backend)
