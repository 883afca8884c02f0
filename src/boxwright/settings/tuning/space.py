"""The settings that a search varies, checked before anything is trained."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from boxwright.arguments.kinds import kinds_of
from boxwright.arguments.unknown_setting import unknown_setting
from boxwright.arguments.usage_error import UsageError
from boxwright.errors import ConfigError
from boxwright.settings.training import GROUPS, TrainingSettings, require_parts, settings_from
from boxwright.settings.tuning.dimension import Choices, Dimension, dimension_of

_TABLES = ("system_options", "parts")
_SINGLE = (
    *("system", "weights", "canvas", "tile", "tile_overlap", "recipe", "batch_size", "freeze", "freeze_epochs"),
    *("auto_anchor", "class_weights"),
)
SEARCHABLE = (*_SINGLE, *(f"{group}.…" for group in (*GROUPS, *_TABLES)))
"""What decides on what is learned."""

_WHY_NOT = {
    "epochs": "every trial has the same, so that their AP can be compared",
    "seed": "--seeds N trains every trial with N seeds",
    "resume": "the same command again goes on with its search",
}


def space_of(space: Mapping[str, Any]) -> list[Dimension]:
    """Reads a space: names of settings as `train` knows them, and where to look for their values.

    Args:
        space: {"optimization.lr": "1e-4..1e-2:log", "system": "yolov8n,yolov5n"}; groups may be mappings.

    Raises:
        UsageError: A name is unknown or not to be searched, or its values are no range and no list.
    """
    kinds = dict(kinds_of(TrainingSettings))
    found = [dimension_of(name, kinds.get(name, Any), value) for name, value in _leaves(space, kinds)]
    if not found:
        raise UsageError("space: name what to search, for instance --space.optimization.lr 1e-4..1e-2:log.")
    names = [each.name for each in found]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"space.{name} is given twice. Keep one.")
    return found


def with_values(given: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Puts values in place of what was given.

    Args:
        given: Names and values of `TrainingSettings` that were set, groups as dictionaries.
        values: By name, with the group before a dot.
    """
    found = dict(given)
    for name, value in values.items():
        group, dot, entry = name.partition(".")
        found[group] = {**(found.get(group) or {}), entry: value} if dot else value
    return found


def first_values(space: Sequence[Dimension]) -> dict[str, Any]:
    """Gives a point of a space.

    Args:
        space: Of a search.
    """
    return {each.name: each.probes[0] for each in space}


def require_space(given: Mapping[str, Any], space: Sequence[Dimension]) -> None:
    """Refuses a space with values that a training would refuse: every entry of a list and both ends of a range.

    Args:
        given: Of all trainings, names and values of `TrainingSettings`.
        space: Of the search.

    Raises:
        ConfigError: There is one, or a setting is given and searched at once.
    """
    for each in space:
        group, dot, entry = each.name.partition(".")
        if group in given and (not dot or entry in (given[group] or {})):
            raise UsageError(f"{each.name} is given, and searched by space.{each.name}. Leave one of them out.")
    systems = next((each.values for each in space if each.name == "system" and isinstance(each, Choices)), ())
    for each in space:
        role = ".".join(each.name.split(".")[:2])
        beside = (
            {}
            if not each.name.startswith("parts.")
            else {name: value for name, value in first_values(space).items() if name == role}
        )
        for value in each.probes:
            for system in [{"system": name} for name in systems] or [{}]:
                _require(each, value, with_values(given, {**system, **beside, each.name: value}))


def _require(dimension: Dimension, value: Any, given: Mapping[str, Any]) -> None:
    try:
        settings = settings_from(given)
        if settings.weights is None or "system" in given:  # else the weights say which system it is
            require_parts(settings)
    except ConfigError as error:
        raise ConfigError(f"space.{dimension.name}, at {value!r}: {error}") from error


def _leaves(space: Mapping[str, Any], kinds: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in space.items():
        if isinstance(value, Mapping) and name in (*GROUPS, *_TABLES):
            yield from _leaves({f"{name}.{entry}": each for entry, each in value.items()}, kinds)
            continue
        group, dot, _ = str(name).partition(".")
        if name not in kinds and not (dot and group in _TABLES):
            raise unknown_setting(str(name), kinds, "space: ")
        if name not in _SINGLE and not dot:
            why = _WHY_NOT.get(name, "it does not change what is learned")
            raise UsageError(f"space.{name} is not searched: {why}. What can be: {', '.join(SEARCHABLE)}.")
        yield name, value
