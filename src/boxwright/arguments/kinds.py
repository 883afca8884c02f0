"""Values checked against the types of settings."""

import os
import types
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from boxwright.arguments.written import Written, typed_word

_SEVERAL = (list, Sequence)
_MAPPINGS = (dict, Mapping)


class Misfit(Exception):  # noqa: N818 - caught where the setting is known, and never seen by a user
    """A value is not of a type."""


def members(kind: Any) -> tuple[Any, ...]:
    """Lists the types of a union; of another type, itself.

    Args:
        kind: A type hint.
    """
    return get_args(kind) if get_origin(kind) in (Union, types.UnionType) else (kind,)


def is_text(kind: Any) -> bool:
    """Says whether a type is that of a name or a path, or of several.

    Args:
        kind: A type hint.
    """
    found = members(kind)
    return any(each in (str, Path) for each in found) and all(
        each in (str, Path, types.NoneType) or _is_several_texts(each) for each in found
    )


def takes_several(kind: Any) -> bool:
    """Says whether a list of any length is a value of a type.

    Args:
        kind: A type hint.
    """
    return any(get_origin(each) in _SEVERAL for each in members(kind))


def takes_names(kind: Any) -> bool:
    """Says whether values by name are a value of a type.

    Args:
        kind: A type hint.
    """
    return any(each in _MAPPINGS or get_origin(each) in _MAPPINGS for each in members(kind))


def choices(kind: Any) -> list[Any]:
    """Lists the words that a type allows, if it is one of words.

    Args:
        kind: A type hint.
    """
    return [choice for each in members(kind) if get_origin(each) is Literal for choice in get_args(each)]


def wanted(kind: Any) -> str:
    """Names a type as its values are typed: of int | tuple[int, int], "int or [int,int]".

    Args:
        kind: A type hint.
    """
    return " or ".join(dict.fromkeys(_wanted(each) for each in members(kind)))


def typed_name(kind: Any, text: str, *, is_always_given: bool = False) -> Any:
    """Reads the flag of a name or a path, which is text whatever YAML sees in it.

    Args:
        kind: A type for which `is_text` holds.
        text: As typed.
        is_always_given: Whether null is a name too.
    """
    if text == "null" and types.NoneType in members(kind) and not is_always_given:
        return None
    if takes_several(kind) and text.startswith("[") and not (Path in members(kind) and os.path.exists(text)):
        several = typed_word(text)
        if isinstance(several.value, list):
            return [entry.text if entry.text is not None else str(entry.plain()) for entry in several.value]
    return text


def fitting(kind: Any, given: Any) -> Any:
    """Gives a value as a type wants it: lists as tuples, whole numbers as fractions.

    Args:
        kind: A type hint.
        given: As written, or from Python, where text stands for what it says unless text is wanted.

    Raises:
        Misfit: It is of another type.
    """
    if isinstance(given, str) and not is_text(kind):
        given = typed_word(given)
    of_text = (str, Path)
    for each in sorted(members(kind), key=lambda each: each in of_text):  # text last: everything can be text
        try:
            return _fitting(each, given)
        except Misfit:
            continue
    raise Misfit


def _fitting(kind: Any, given: Any) -> Any:
    value = given.value if isinstance(given, Written) else given
    origin = get_origin(kind)
    if kind in (str, Path):
        return _text(given)
    if kind is Any:
        return given.plain() if isinstance(given, Written) else given
    if kind in (bool, int, types.NoneType):
        if type(value) is kind:
            return value
    elif kind is float:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
    elif origin is Literal:
        word = given.text if isinstance(given, Written) and given.is_typed else value
        if word in get_args(kind) and not isinstance(word, bool):
            return word
    elif (origin is tuple or origin in _SEVERAL) and isinstance(value, list | tuple):
        return _several(origin, get_args(kind), value)
    elif (kind in _MAPPINGS or origin in _MAPPINGS) and isinstance(value, Mapping):
        return given.plain() if isinstance(given, Written) else dict(value)
    raise Misfit


def _text(given: Any) -> str:
    if isinstance(given, Path):
        return str(given)
    text = given if isinstance(given, str) else getattr(given, "text", None)
    if text is None or (isinstance(given, Written) and given.value is None and not given.is_typed):
        raise Misfit
    return str(text)


def _several(origin: Any, kinds: tuple[Any, ...], values: Sequence[Any]) -> list[Any] | tuple[Any, ...]:
    if origin in _SEVERAL:
        return [fitting(kinds[0], each) for each in values]
    inner = [kinds[0]] * len(values) if kinds[-1] is Ellipsis else list(kinds)
    if len(inner) != len(values):
        raise Misfit
    return tuple(fitting(kind, each) for kind, each in zip(inner, values, strict=True))


def _wanted(kind: Any) -> str:
    origin, inner = get_origin(kind), get_args(kind)
    if kind is types.NoneType:
        return "null"
    if origin is Literal:
        return " or ".join(map(str, inner))
    if origin in _SEVERAL or (origin is tuple and inner[-1] is Ellipsis):
        return f"[{wanted(inner[0])},…]"
    if origin is tuple:
        return f"[{','.join(map(wanted, inner))}]"
    if kind in _MAPPINGS or origin in _MAPPINGS:
        return "{name: value}"
    return {Path: "str"}.get(kind, getattr(kind, "__name__", str(kind)))


def _is_several_texts(kind: Any) -> bool:
    return get_origin(kind) in _SEVERAL and all(each in (str, Path) for each in _flat(get_args(kind)))


def _flat(kinds: Sequence[Any]) -> Iterator[Any]:
    for kind in kinds:
        yield from members(kind)
