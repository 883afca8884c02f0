"""What a part is called, what it can be told, and which systems it fits."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from boxwright.arguments.asked import load
from boxwright.bounded_text import LONGEST_NAME, bounded
from boxwright.errors import ConfigError, unknown_name

Value = bool | int | float | str | None

LARGEST = 10**9
"""More than any option needs. What is beyond may fit into no type of numbers that a part computes with."""

SMALLEST = 1e-6
"""Where a number must be above 0: what is less may be 0 in the type that a part computes with."""

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
        if isinstance(value, bool):  # off is a truth value to YAML
            value = next((word for word in self.choices if load(word) is value), value)
        if not self._fits(value):
            limit = "" if math.isfinite(self.most) or not _is_large(value) else f", and of at most {LARGEST:,}"
            raise ConfigError(f"{where} must be {self.wanted}{limit}; found {bounded(repr(value), LONGEST_NAME)}.")
        found: Value = float(value) if isinstance(self.default, float) else value
        return found

    def _fits(self, value: Any) -> bool:
        if self.choices:
            return isinstance(value, str) and value in self.choices
        if isinstance(self.default, bool):
            return isinstance(value, bool)
        if value is None or isinstance(value, bool):
            return value is None and self.default is None
        kinds = int if self._is_int else (int, float)
        return isinstance(value, kinds) and max(self.least, -LARGEST) <= value <= min(self.most, LARGEST)


def _is_large(value: Any) -> bool:
    return isinstance(value, (int, float)) and value > LARGEST


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
