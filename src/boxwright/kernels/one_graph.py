"""Parts of a reference as one graph each, made by `torch.compile`."""

import warnings
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, ParamSpec, TypeVar

import torch

from boxwright.geometry.precision import constant
from boxwright.kernels.choice import VARIABLE, compiles

BACKEND = "inductor"
"""What `torch.compile` makes of a graph; it needs Triton for a GPU, and a C++ compiler for a CPU."""

Inputs = ParamSpec("Inputs")
Result = TypeVar("Result")

_failed: set[Callable[..., Any]] = set()


def one_graph(function: Callable[Inputs, Result]) -> Callable[Inputs, Result]:
    """Gives a function that runs as one graph where the environment variable asks for it, and elsewhere as it is.

    Sizes are variables of the graph, so that one serves any number of targets (0 and 1 have their own). Where no graph
    can be made it runs as it is, and a warning tells so once.

    Args:
        function: Of tensors and of values that hold them; no shape in it depends on a value.
    """

    @wraps(function)
    def run(*args: Inputs.args, **kwargs: Inputs.kwargs) -> Result:
        if not compiles() or function in _failed or torch.compiler.is_compiling():
            return function(*args, **kwargs)
        try:
            found: Result = _graph(function, BACKEND)(*args, **kwargs)
        except Exception as error:  # compilers fail in many ways; a fault of the function itself comes again below
            _failed.add(function)
            cause = str(error).strip().partition("\n")[0]
            warnings.warn(
                f"{function.__name__.strip('_')} could not be compiled and runs as it is ({type(error).__name__}: "
                f"{cause}). Install what torch.compile needs, or set {VARIABLE}=auto.",
                stacklevel=2,
            )
            return function(*args, **kwargs)
        return found

    return run


@lru_cache(maxsize=64)
def _graph(function: Callable[..., Any], backend: str | Callable[..., Any]) -> Callable[..., Any]:
    torch.compiler.assume_constant_result(constant)  # so that a graph holds the numbers where they lie
    return torch.compile(function, fullgraph=True, dynamic=True, backend=backend)
