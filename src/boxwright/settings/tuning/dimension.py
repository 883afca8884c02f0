"""The values that a search may give to one setting: a range of numbers, or a list."""

import json
import math
import re
from dataclasses import dataclass
from typing import Any

from boxwright.arguments.asked import load
from boxwright.arguments.kinds import choices, is_text, members, wanted
from boxwright.arguments.plain import plain
from boxwright.arguments.usage_error import UsageError
from boxwright.bounded_text import LONGEST_NAME, bounded

_NUMBER = r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?"
_RANGE = re.compile(rf"\s*({_NUMBER})\s*\.\.\s*({_NUMBER})\s*(?::\s*(log|{_NUMBER}))?\s*")
_FORM = "Write a range as 0..1, 1e-4..1e-2:log or 256..640:32 (by steps), or a list as a,b,c."
Number = int | float
DIGITS = 4
"""To which numbers are rounded, so that a person can read and type them."""


@dataclass(frozen=True, slots=True)
class Choices:
    """A list of values.

    Args:
        name: Of the setting.
        values: Two or more.
    """

    name: str
    values: tuple[Any, ...]

    @property
    def probes(self) -> tuple[Any, ...]:
        """The values that have to be possible so that all are."""
        return self.values

    @property
    def text(self) -> str:
        """The list in one form, however it was written."""
        return json.dumps(plain(self.values), ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Range:
    """All numbers between two.

    Args:
        name: Of the setting.
        low: The smallest.
        high: The largest.
        is_whole: Whether they are whole numbers.
        is_log: Whether their logarithms are drawn evenly.
        step: Distance of one from the next; None for no steps (whole numbers: 1).
    """

    name: str
    low: Number
    high: Number
    is_whole: bool = False
    is_log: bool = False
    step: Number | None = None

    @property
    def probes(self) -> tuple[Number, Number]:
        """The values that have to be possible so that all are."""
        return self.low, self.high

    @property
    def text(self) -> str:
        """The range in one form, however it was written."""
        spacing = ":log" if self.is_log else "" if self.step is None else f":{self.step}"
        return f"{self.low}..{self.high}{spacing}"

    def rounded(self, drawn: Number) -> Number:
        """Gives a number of few digits near the one that was drawn, within the range.

        Args:
            drawn: By the search.
        """
        if self.is_whole:
            return int(drawn)
        if self.step is not None:
            return float(f"{drawn:.10g}")
        size = math.floor(math.log10(drawn if self.is_log else self.high - self.low))
        return min(max(round(drawn, DIGITS - 1 - size if self.is_log else DIGITS - size), self.low), self.high)


Dimension = Choices | Range


def dimension_of(name: str, kind: Any, value: Any) -> Dimension:
    """Reads the values that a setting may have.

    Args:
        name: Of the setting.
        kind: Its type; Any for an option of a system or a part, whose numbers are whole where both ends are.
        value: A text such as 1e-4..1e-2:log or a,b,c, or a list.

    Raises:
        UsageError: It is neither, or nothing is left to choose.
    """
    if isinstance(value, (list, tuple)):
        return _choices(name, list(value))
    text = value if isinstance(value, str) else ""
    if ".." in text and not is_text(kind):
        return _range(name, kind, text)
    if "," in text:
        return _choices(name, [_read(kind, piece.strip()) for piece in text.split(",")])
    raise UsageError(f"space.{name}: {_shown(value)} leaves nothing to search. {_FORM}")


def _read(kind: Any, text: str) -> Any:
    if is_text(kind):
        return None if text == "null" else text
    return text if text in choices(kind) else load(text)


def _choices(name: str, values: list[Any]) -> Choices:
    if len(values) < 2 or any(each in values[:place] for place, each in enumerate(values)):
        raise UsageError(f"space.{name}: a list has two values or more, each once; found {_shown(values)}. {_FORM}")
    return Choices(name, tuple(plain(values)))


def _range(name: str, kind: Any, text: str) -> Range:
    found = _RANGE.fullmatch(text)
    if found is None:
        raise UsageError(f"space.{name}: {_shown(text)} is no range. {_FORM}")
    ends, spacing = found.groups()[:2], found[3]
    is_whole = _is_whole(name, kind, ends)
    try:
        low, high = (int(end) if is_whole else float(end) for end in ends)
        step = None if spacing in (None, "log") else int(spacing) if is_whole else float(spacing)
    except ValueError as error:
        raise UsageError(f"space.{name}: {name} takes whole numbers; found {_shown(text)}. {_FORM}") from error
    if not low < high or not _is_finite(high - low):
        raise UsageError(f"space.{name}: a range goes from a number to a larger one; found {_shown(text)}.")
    if spacing == "log" and low <= 0:
        raise UsageError(f"space.{name}: a range with :log begins above 0; found {_shown(text)}.")
    if step is not None and not _leads(low, high, step):
        raise UsageError(f"space.{name}: steps of {step} do not lead from {low} to {high}. Give one that does.")
    return Range(name, low, high, is_whole, spacing == "log", step)


def _leads(low: Number, high: Number, step: Number) -> bool:
    """Says whether steps go from one number to the other; not where they are too small to be counted."""
    if step <= 0 or not _is_finite(steps := (high - low) / step):
        return False
    return abs(steps - round(steps)) <= 1e-8


def _is_finite(number: Number) -> bool:
    try:
        return math.isfinite(number)
    except OverflowError:  # a whole number of hundreds of digits
        return False


def _is_whole(name: str, kind: Any, ends: tuple[str, ...]) -> bool:
    if kind is Any:
        return all(re.fullmatch(r"[-+]?\d+", end) for end in ends)
    kinds = members(kind)
    if float not in kinds and int not in kinds:
        raise UsageError(f"space.{name}: {name} is {wanted(kind)}, which has no range. List its values: a,b,c.")
    return float not in kinds


def _shown(value: Any) -> str:
    return bounded(repr(value), LONGEST_NAME)
