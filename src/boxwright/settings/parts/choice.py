"""Parts as somebody chose them: strictly checked names and options."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from boxwright.errors import ConfigError, unknown_name
from boxwright.settings.catalog import require_system
from boxwright.settings.parts.catalog import PARTS
from boxwright.settings.parts.part import Part, Value, family_of

ROLES = tuple(PARTS)
_NAME = "name"


@dataclass(frozen=True, slots=True)
class Choice:
    """A part that was chosen, with all its options.

    Args:
        role: For instance "assigner".
        name: Of the catalogue, or the dotted path of a class of the user's.
        options: By name; of the catalogue's all, of the user's those that were given.
    """

    role: str
    name: str
    options: Mapping[str, Any]

    @property
    def known(self) -> Part | None:
        """The entry of the catalogue; None for a part of the user's."""
        return PARTS[self.role].get(self.name)

    @property
    def values(self) -> dict[str, Any]:
        """The choice as plain values, as files hold it."""
        return {_NAME: self.name, **self.options}


def choices_of(system: str, parts: Mapping[str, Any]) -> dict[str, Choice]:
    """Checks which parts were chosen for a system.

    A part is a name, {"assigner": "atss"}, or a mapping with its options, {"assigner": {"name": "atss", "nearest": 7}};
    on a command line options have names of their own, {"assigner": "atss", "assigner.nearest": 7}. null is the system's
    own part.

    Args:
        system: Name in the catalogue of systems.
        parts: Role → part.

    Raises:
        ConfigError: There is no such role, part or option, a value is impossible, or the part does not fit the system.
    """
    family = family_of(system)
    return {
        role: _choice(role, values, system, family) for role, values in _by_role(parts).items() if values is not None
    }


def named_system(text: str) -> tuple[str, dict[str, Any]]:
    """Takes a name with parts apart: yolov8n:assigner=atss,assigner.nearest=7.

    Args:
        text: As typed.

    Raises:
        ConfigError: What follows the colon is not of that form.
    """
    name, colon, rest = text.partition(":")
    parts: dict[str, Any] = {}
    for entry in rest.split(",") if colon else ():
        role, equals, value = entry.partition("=")
        if not equals or not role.strip() or not value.strip():
            raise ConfigError(
                f"{text!r}: behind the colon stand parts, as in {name}:assigner=atss,assigner.nearest=7; found "
                f"{entry!r}."
            )
        if role.strip() in parts:
            raise ConfigError(f"{text!r} says twice what {role.strip()} is. Keep one.")
        parts[role.strip()] = _read(value.strip())
    return name, parts


def require_named_system(text: str) -> None:
    """Refuses a name, with or without parts, that nothing can be built of.

    Args:
        text: As typed.

    Raises:
        ConfigError: There is no such system or part, or the part does not fit.
    """
    name, parts = named_system(text)
    require_system(name)
    choices_of(name, parts)


def _read(text: str) -> Any:
    """Reads a value as YAML would: a number, true, false, null or a word."""
    words = {"true": True, "false": False, "null": None}
    if text in words:
        return words[text]
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _by_role(parts: Mapping[str, Any]) -> dict[str, dict[str, Any] | None]:
    """Gathers name and options of every part; options with a name of their own win."""
    found: dict[str, dict[str, Any] | None] = {}
    for key, value in parts.items():
        role, dot, _ = str(key).partition(".")
        if role not in PARTS:
            raise unknown_name("part", str(key), ROLES)
        if not dot:
            found[role] = _named(role, value)
    for key, value in parts.items():
        role, dot, option = str(key).partition(".")
        if dot:
            own = found.get(role)
            if option == _NAME:
                raise ConfigError(f"parts.{key}: the name of a part stands by itself. Write parts.{role} in its place.")
            if own is None:
                raise ConfigError(
                    f"parts.{key} is an option of a part that is not named. Say which: --parts.{role} NAME."
                )
            own[option] = value
    return found


def _named(role: str, value: Any) -> dict[str, Any] | None:
    if value is None:
        return None
    if isinstance(value, str):
        return {_NAME: value}
    if isinstance(value, Mapping) and isinstance(value.get(_NAME), str):
        return {str(option): entry for option, entry in value.items()}
    raise ConfigError(
        f"parts.{role} must be the name of a part, or {{name: …, option: …}}; found {value!r}. `boxwright parts` lists "
        "them."
    )


def _choice(role: str, values: dict[str, Any], system: str, family: str) -> Choice:
    options = dict(values)
    name = options.pop(_NAME)
    part = PARTS[role].get(name)
    if part is None:
        if all(piece.isidentifier() for piece in name.split(".")) and "." in name:
            return Choice(role, name, options)
        raise unknown_name(role.replace("_", " "), name, PARTS[role])
    if family in part.unfit:
        fitting = ", ".join(sorted(other.name for other in PARTS[role].values() if family not in other.unfit))
        raise ConfigError(f"parts.{role} {name} does not fit {system}: {part.unfit[family]}. What fits: {fitting}.")
    known = {option.name: option for option in part.options}
    for option in options:
        if option not in known:
            if not known:
                raise ConfigError(f"parts.{role} {name} has no options; found {option}. Leave it out.")
            raise unknown_name(f"option of {name}", option, known)
    full: dict[str, Value] = {
        option.name: option.checked(options.get(option.name, option.default), f"parts.{role}.{option.name}")
        for option in part.options
    }
    return Choice(role, name, full)
