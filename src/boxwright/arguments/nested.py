"""Settings in their groups: `optimization.lr` is the entry `lr` of the dictionary `optimization`."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def put(values: dict[str, Any], name: str, value: Any) -> None:
    """Sets one value; the dictionaries on the way to it are made.

    Args:
        values: Changed.
        name: With dots.
        value: What it shall be.
    """
    *groups, last = name.split(".")
    for group in groups:
        inner = values.get(group)
        values[group] = dict(inner) if isinstance(inner, Mapping) else {}
        values = values[group]
    values[last] = value


def at(values: Mapping[str, Any], name: str) -> Any:
    """Gives one value.

    Args:
        values: Where it is.
        name: With dots.
    """
    found: Any = values
    for part in name.split("."):
        found = found[part]
    return found


def merge(values: dict[str, Any], more: Mapping[str, Any]) -> None:
    """Sets values; those of a group stay where nothing else is said of them.

    Args:
        values: Changed.
        more: What is set.
    """
    for name, value in more.items():
        if isinstance(value, Mapping) and isinstance(values.get(name), Mapping):
            values[name] = dict(values[name])
            merge(values[name], value)
        else:
            values[name] = value


def nested(defaults: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Puts values in place of defaults, groups as dictionaries.

    Args:
        defaults: By name with dots.
        values: In their groups.
    """
    found: dict[str, Any] = {}
    for name, default in defaults.items():
        put(found, name, default)
    merge(found, values)
    return found


def plain(value: Any) -> Any:
    """Gives nested plain values: dictionaries, lists, text and numbers.

    Args:
        value: May hold options, tuples and paths.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = dataclasses.asdict(value)
    if isinstance(value, Mapping):
        return {name: plain(entry) for name, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(entry) for entry in value]
    return str(value) if isinstance(value, Path) else value
