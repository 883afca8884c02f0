"""Names and values of parameters in Python, those of another trainer answered with ours."""

import functools
import inspect
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, ParamSpec, TypeVar, get_type_hints

from boxwright.arguments.usage_error import UsageError
from boxwright.errors import unknown_name
from boxwright.settings.foreign_answers import foreign_answer
from boxwright.settings.python_values import ANSWERED_BY_THE_FUNCTION, require_values

_FLAG = re.compile(r"--([\w.]+) (\[[^\]]*\]|\([^)]*\)|[^\s,]+?(?=[:,]?(?:\s|$)|,))")
_TEXTS = ("precision",)  # which may be 16 and is no number
_NEXT_FLAG = re.compile(r"(--[\w.]+ \S+) (?=--)")  # parameters have commas between them
P = ParamSpec("P")
R = TypeVar("R")


def answers_names(command: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Lets a function answer names that it does not have and values of another type, before it does anything.

    Args:
        command: That does the same, whose foreign names are known.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        known = list(inspect.signature(function).parameters)

        @functools.wraps(function)
        def answering(*given: P.args, **named: P.kwargs) -> R:
            require_names(command, named, known)
            require_values(get_type_hints(function), dict(zip(known, given, strict=False)) | named)
            return function(*given, **named)

        return answering

    return decorate


def require_names(command: str, given: Mapping[str, Any], known: Collection[str]) -> None:
    """Refuses parameters that a function does not have, or with a value that only another trainer takes.

    Args:
        command: That does the same.
        given: By name.
        known: Names that the function has.

    Raises:
        UsageError: There is one; the message answers all of them.
    """
    wrong = [said for name, value in given.items() if (said := _answer(command, name, value, known)) is not None]
    if wrong:
        raise UsageError("\n".join(wrong))


def _answer(command: str, name: str, value: Any, known: Collection[str]) -> str | None:
    if name in known and (name in ANSWERED_BY_THE_FUNCTION or not isinstance(value, str | int)):
        return None
    hint = foreign_answer(command, name, str(value), known)
    hint = hint and _NEXT_FLAG.sub(r"\1, ", hint)
    if hint is None:
        return None if name in known else str(unknown_name("setting", name, known))
    if hint.startswith("nothing"):
        return f"{name} is no setting here{_FLAG.sub(in_python, hint.removeprefix('nothing'))}"
    told = f"{name}={value!r} is written" if name in known else f"{name} is called"
    return f"{told} otherwise here: {_FLAG.sub(in_python, hint)}"


def in_python(flag: re.Match[str]) -> str:
    """Writes a flag and its value as a parameter.

    Args:
        flag: Of which the groups are name and value.
    """
    name, text = flag.groups()
    group, dot, entry = name.partition(".")
    return (
        f'{group}={{"{entry}": {_value(text)}}}' if dot else f"{name}={repr(text) if name in _TEXTS else _value(text)}"
    )


def _value(text: str) -> str:
    if text.startswith("["):
        entries = [each.strip() for each in text[1:-1].split(",") if each.strip()]
        return f"[{', '.join(map(_value, entries))}]"
    if text.lower() in ("true", "false", "none"):
        return text.capitalize()
    return text if re.fullmatch(r"[-+]?[\d.]+(e[-+]?\d+)?|\(.*\)", text) else repr(text)
