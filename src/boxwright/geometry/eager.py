"""Functions that a compiler must leave alone, in the middle of what it compiles."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import torch

Inputs = ParamSpec("Inputs")
Result = TypeVar("Result")


def eager(function: Callable[Inputs, Result]) -> Callable[Inputs, Result]:
    """Gives a function that runs as it is, also where `torch.compile` traces its caller.

    What is assigned depends on values, so that a graph of it would be broken in many places and traced anew for other
    numbers of objects. The network around it is compiled, in one graph before it and one after.

    Args:
        function: Anything; the compiler neither traces it nor what it calls.
    """

    @wraps(function)
    def outside(*args: Inputs.args, **kwargs: Inputs.kwargs) -> Result:
        if torch.compiler.is_dynamo_compiling():
            left_alone: Callable[Inputs, Result] = torch.compiler.disable(function)  # imports much, so not before
            return left_alone(*args, **kwargs)
        return function(*args, **kwargs)

    return outside
