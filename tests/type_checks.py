"""What types and shapes are checked by while tests run: `jaxtyping.jaxtyped`, without its cost on every call.

The import hook of jaxtyping puts a decorator on each function of the package. Its own one binds the arguments by the
signature and checks them twice, so what is called a million times is slow by it. This one checks the same hints, once.
"""

from collections.abc import Callable
from dataclasses import is_dataclass
from functools import partial, wraps
from inspect import isgeneratorfunction
from types import FunctionType, SimpleNamespace
from typing import Any, ForwardRef, TypeVar, get_args, get_type_hints

import jaxtyping
from beartype import BeartypeConf
from jaxtyping import TypeCheckError, jaxtyped

Decorator = Callable[..., Any]
AS_TYPE_ERROR = BeartypeConf(violation_type=TypeCheckError)  # as jaxtyping raises it


def _checked(given: Any, typechecker: Decorator) -> Any:
    """Checks calls of a function, or of what holds functions: a data class, a property, a method of a class."""
    if isinstance(given, type):
        if is_dataclass(given) and not hasattr(given.__init__, "is_checked"):
            given.__init__ = _checked(given.__init__, typechecker)  # type: ignore[misc]
        return given
    if isinstance(given, classmethod | staticmethod):
        return type(given)(_checked(given.__func__, typechecker))
    if isinstance(given, property):
        parts = (given.fget, given.fset, given.fdel)
        return property(*(part and _checked(part, typechecker) for part in parts))
    if isgeneratorfunction(given):  # whose arguments would be checked when the first value is asked for
        return jaxtyped(given, typechecker=typechecker)
    return _with_sizes_of_its_own(typechecker(_resolvable(given), conf=AS_TYPE_ERROR), given)


def _resolvable(function: Any) -> Any:
    """Takes out the hints that name what is not there when the module is loaded, such as a class in its own body."""
    if _is_resolvable(function, function.__annotations__):
        return function
    copy = FunctionType(
        function.__code__, function.__globals__, function.__name__, function.__defaults__, function.__closure__
    )
    copy.__kwdefaults__, copy.__qualname__ = function.__kwdefaults__, function.__qualname__
    hints = function.__annotations__.items()
    copy.__annotations__ = {name: hint for name, hint in hints if _is_resolvable(function, {name: hint})}
    return copy


def _is_resolvable(function: Any, hints: dict[str, Any]) -> bool:
    try:
        get_type_hints(SimpleNamespace(__annotations__=hints), function.__globals__, include_extras=True)
    except Exception:  # an expression may fail in any way
        return False
    return True


def _has_sizes(hint: Any) -> bool:
    """Whether a hint has axes, or may have some: what is only named is not looked up."""
    if isinstance(hint, list | tuple):  # of the arguments of a callable
        return any(_has_sizes(each) for each in hint)
    if isinstance(hint, str | ForwardRef | TypeVar):
        return True
    own = {type(hint).__module__.partition(".")[0], getattr(hint, "__module__", "").partition(".")[0]}
    return "jaxtyping" in own or any(_has_sizes(each) for each in get_args(hint))


def _with_sizes_of_its_own(typed: Callable[..., Any], plain: Callable[..., Any]) -> Callable[..., Any]:
    """Makes the names of axes mean one size within a call, and nothing beyond it."""
    if typed is plain:
        return plain
    if not any(_has_sizes(hint) for hint in plain.__annotations__.values()):
        typed.is_checked = True  # type: ignore[attr-defined]
        return typed
    scope: Any = jaxtyped("context")

    @wraps(plain)
    def call(*args: Any, **kwargs: Any) -> Any:
        with scope:
            return typed(*args, **kwargs)

    call.is_checked = True  # type: ignore[attr-defined]
    return call


def check_quickly() -> None:
    """Puts this decorator in the place of that of jaxtyping, for modules that are imported from now on."""
    jaxtyping.jaxtyped = lambda *, typechecker: partial(_checked, typechecker=typechecker)
