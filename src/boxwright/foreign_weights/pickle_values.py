"""Signs that stand for what a pickle would make, while it is looked through."""

from dataclasses import dataclass, field
from typing import Any

from boxwright.errors import DataError

DEEPEST = 64  # tuples in tuples: Python itself falls over a few ten thousand
MOST_PARTS = 1_000_000
"""Values that one tuple or call holds, counted as often as they occur in it."""

LARGEST_PLAIN = 2**48
"""Numbers from here on can be chosen so that a dictionary takes them for each other, and compares every one."""

_WEIGHT_OF_LARGE = 1000  # so that there are few of them


@dataclass(frozen=True, slots=True)
class Name:
    """A name, in place of what it means."""

    full: str


@dataclass(slots=True)
class Made:
    """What calling a name would make, in place of the call.

    Args:
        by: The name.
        numbers: Of a storage.
        weight: Values or letters that it holds, and that a call which gets it copies.
    """

    by: str
    numbers: int = 0
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Tuple:
    """A tuple of values and signs.

    Args:
        parts: Its entries.
        depth: Tuples in each other, with this one.
        weight: Its parts and theirs, each as often as it occurs: so long it takes to compare it.
    """

    parts: tuple[Any, ...]
    depth: int = 1
    weight: int = 1


@dataclass(slots=True)
class Container:
    """A list, dictionary or set: of its entries only their weight is of concern."""

    weight: int = field(default=1)


def weight_of(value: Any) -> int:
    """Says how many values something holds, counted as often as they occur.

    Args:
        value: A sign, text or number.
    """
    return value.weight if isinstance(value, (Tuple, Container, Made)) else 1


def hashing_weight(value: Any) -> int:
    """Says how long it takes to look a value up in a dictionary or set.

    Args:
        value: A sign, text or number.
    """
    if isinstance(value, Tuple) or (isinstance(value, Made) and value.by == "torch.Size"):
        return value.weight
    return _WEIGHT_OF_LARGE if isinstance(value, int) and abs(value) >= LARGEST_PLAIN else 1


def tuple_of(parts: list[Any]) -> Tuple:
    """Puts values into a tuple.

    Args:
        parts: In their order.

    Raises:
        DataError: It would be deeper or larger than weights need.
    """
    depth = 1 + max((part.depth for part in parts if isinstance(part, Tuple)), default=0)
    if depth > DEEPEST:
        raise DataError(f"the pickle in it nests tuples more than {DEEPEST} deep. Do not trust it.")
    weight = 1 + sum(hashing_weight(part) for part in parts)
    if weight > MOST_PARTS:
        raise DataError(f"the pickle in it has a tuple of {weight:,} parts in parts. Do not trust it.")
    return Tuple(tuple(parts), depth, weight)
