"""Types of settings: which are names and paths, and what each takes, in words."""

import dataclasses
import os
import types
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import yaml

_SEVERAL = (list, Sequence)


def kinds_of(description: type, group: str = "") -> Iterator[tuple[str, Any]]:
    """Lists the settings of a dataclass with their types; a field that is a dataclass itself is a group of settings.

    Args:
        description: The dataclass.
        group: What stands before the names, with a dot.
    """
    hints = get_type_hints(description)
    for field in dataclasses.fields(description):
        kind = hints[field.name]
        if dataclasses.is_dataclass(kind) and isinstance(kind, type):
            yield from kinds_of(kind, f"{group}{field.name}.")
        else:
            yield f"{group}{field.name}", kind


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
        each in (str, Path, types.NoneType) or takes_texts(each) for each in found
    )


def takes_texts(kind: Any) -> bool:
    """Says whether a list of names or paths is a value of a type.

    Args:
        kind: A type hint.
    """
    lists = [each for each in members(kind) if get_origin(each) in _SEVERAL]
    return any(set(members(get_args(each)[0])) <= {str, Path} for each in lists)


def takes(kind: Any, *origins: type) -> bool:
    """Says whether a type, or one of its union, is made of one of these.

    Args:
        kind: A type hint.
        *origins: Such as list.
    """
    return any((get_origin(each) or each) in origins for each in members(kind))


def typed_text(kind: Any, text: str) -> Any:
    """Gives names and paths of a flag as they are typed, whatever YAML sees in them: 2024, no, ~, 12:30.

    Args:
        kind: Of the setting.
        text: As typed.

    Returns:
        The text, a list of texts, or None for null; ... if the setting is none of names and paths.
    """
    if takes_texts(kind) and text.startswith("[") and not os.path.exists(text):
        try:
            node = yaml.compose(text, yaml.SafeLoader)
        except (yaml.YAMLError, RecursionError):
            node = None
        if isinstance(node, yaml.SequenceNode) and all(isinstance(each, yaml.ScalarNode) for each in node.value):
            return [each.value for each in node.value]
    if not is_text(kind):
        return ...
    return None if text == "null" and types.NoneType in members(kind) else text


def choices(kind: Any) -> list[str]:
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


def _wanted(kind: Any) -> str:
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Literal:
        return " or ".join(map(str, inner))
    if origin in _SEVERAL or (origin is tuple and inner[-1] is Ellipsis):
        return f"[{wanted(inner[0])},…]"
    if origin is tuple:
        return f"[{','.join(map(wanted, inner))}]"
    if takes(kind, dict, Mapping):
        return "{name: value}"
    return {types.NoneType: "null", Path: "str"}.get(kind) or str(getattr(kind, "__name__", kind))
