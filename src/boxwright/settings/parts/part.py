"""What a part is called, what it can be told, and which systems it fits."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from boxwright.errors import ConfigError, unknown_name

Value = bool | int | float | str | None

FAMILIES = ("ssd", "retinanet", "fcos", "yolov5", "yolov8")
"""The systems that have the same parts, whatever their size."""


def family_of(system: str) -> str:
    """Gives the family of a system.

    Args:
        system: Its name.

    Raises:
        ConfigError: It is of none.
    """
    for family in FAMILIES:
        if system.startswith(family):
            return family
    raise unknown_name("family of systems", system, FAMILIES)


@dataclass(frozen=True, slots=True)
class Option:
    """What a part can be told.

    Args:
        name: As typed.
        default: If nothing is said; its type is that of the option, and null one of a number that may be lacking.
        about: What it means.
        least: Smallest number.
        most: Largest number.
        choices: The words that it can be; empty for numbers.
        is_whole: Whether a number that may be lacking is a whole one.
    """

    name: str
    default: Value
    about: str
    least: int | float = -math.inf
    most: int | float = math.inf
    choices: tuple[str, ...] = ()
    is_whole: bool = False

    @property
    def wanted(self) -> str:
        """What it can be, in words."""
        if self.choices:
            return f"one of {', '.join(self.choices)}"
        if isinstance(self.default, bool):
            return "true or false"
        kind = "a whole number" if self._is_int else "a number"
        kind = f"{kind} or null" if self.default is None else kind
        if math.isfinite(self.least) and math.isfinite(self.most):
            return f"{kind} from {self.least:g} to {self.most:g}"
        return f"{kind} of at least {self.least:g}" if math.isfinite(self.least) else kind

    @property
    def _is_int(self) -> bool:
        return self.is_whole or isinstance(self.default, int)

    def checked(self, value: Any, where: str) -> Value:
        """Gives a value of the option's type.

        Args:
            value: As it was read.
            where: How the option is written, for errors.

        Raises:
            ConfigError: It is of another type, or out of range.
        """
        found: Value = value
        if isinstance(self.default, float) and type(value) is int:
            found = float(value)
        if not self._fits(found):
            raise ConfigError(f"{where} must be {self.wanted}; found {value!r}.")
        return found

    def _fits(self, value: Any) -> bool:
        if self.choices:
            return isinstance(value, str) and value in self.choices
        if isinstance(self.default, bool):
            return isinstance(value, bool)
        if value is None or isinstance(value, bool):
            return value is None and self.default is None
        kinds = int if self._is_int else (int, float)
        return isinstance(value, kinds) and math.isfinite(value) and self.least <= value <= self.most


@dataclass(frozen=True, slots=True)
class Part:
    """A part that can be named.

    Args:
        name: As typed.
        about: What it does, in a line.
        source: Whose it is.
        place: Module and class, as in "boxwright.assigners:MaxIouAssigner".
        options: What it can be told.
        fixed: What the name says already, by field of the class.
        unfit: Family of systems → why it does not fit there.
    """

    name: str
    about: str
    source: str
    place: str
    options: tuple[Option, ...] = ()
    fixed: Mapping[str, Value] = field(default_factory=dict)
    unfit: Mapping[str, str] = field(default_factory=dict)
