"""Values that a function of Python is given, held against the types of its parameters."""

import os
from collections.abc import Mapping
from numbers import Integral, Real
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from boxwright.arguments.kinds import members, wanted
from boxwright.bounded_text import LONGEST_NAME, bounded
from boxwright.errors import ConfigError

_WORDS = {
    bool: "True or False",
    int: "a whole number",
    float: "a number",
    str: "a text",
    Path: "a path",
    NoneType: "None",
}

ANSWERED_BY_THE_FUNCTION = ("save",)
"""Parameters whose values have a better answer there."""


def require_values(kinds: Mapping[str, Any], given: Mapping[str, Any]) -> None:
    """Refuses a text where a number is asked, a truth value where a name is, and the like.

    Only what can be typed is judged: texts, numbers, truth values, None, and lists where one value is asked. Objects
    and what lists hold are left to the function.

    Args:
        kinds: Types of the parameters by name; a name that is not among them is passed over.
        given: By name.

    Raises:
        ConfigError: A value is of another type.
    """
    for name, value in given.items():
        if name in ANSWERED_BY_THE_FUNCTION or name not in kinds:
            continue
        if not _fits(value, members(kinds[name])):
            words = dict.fromkeys(word for each in members(kinds[name]) for word in _words(each))
            raise ConfigError(f"{name} is {bounded(repr(value), LONGEST_NAME)}. Give {' or '.join(words)}.")


def _fits(value: object, kinds: tuple[Any, ...]) -> bool:
    if Any in kinds:
        return True
    if isinstance(value, list | tuple | dict | set):
        return not all(each in _WORDS or get_origin(each) is Literal for each in kinds)
    kind = _kind_of(value)
    return kind is None or any(_takes(each, kind) for each in kinds)


def _kind_of(value: object) -> type | None:
    """Gives the type of what can be typed; None for an object."""
    kinds = {bool: bool, Integral: int, Real: float, str: str, os.PathLike: Path, NoneType: NoneType}
    return next((kind for each, kind in kinds.items() if isinstance(value, each)), None)


def _takes(wanted_kind: Any, kind: type) -> bool:
    if get_origin(wanted_kind) is Literal:
        return kind in {type(each) for each in get_args(wanted_kind)}
    return wanted_kind is kind or (wanted_kind, kind) in {(float, int), (Path, str), (str, Path)}


def _words(kind: Any) -> list[str]:
    if get_origin(kind) is Literal:
        return [repr(each) for each in get_args(kind)]
    return [_WORDS.get(kind) or wanted(kind)]
