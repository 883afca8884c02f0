"""The points of a space that has finitely many, so that none is tried twice."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from boxwright.settings.tuning.dimension import Choices, Dimension


def count_of(space: Sequence[Dimension]) -> int | None:
    """Counts the points of a space; None if a range of it has no steps.

    Args:
        space: Of a search.
    """
    counts = [_count(each) for each in space]
    return None if None in counts else math.prod(count for count in counts if count is not None)


def untried(space: Sequence[Dimension], tried: Sequence[Mapping[str, Any]], rng: np.random.Generator) -> dict[str, Any]:
    """Draws a point that was not tried, each as likely as the others.

    Args:
        space: With finitely many points.
        tried: Values of settings by name; fewer points than there are.
        rng: The only source of randomness.
    """
    total = count_of(space)
    assert total is not None
    known = {_number(space, values) for values in tried}
    drawn = int.from_bytes(rng.bytes(total.bit_length() // 8 + 16), "big")  # spaces may have more points than an int64
    left = drawn % (total - len(known))
    for number in sorted(known):  # those before it that were tried are passed over
        left += number <= left
    found = {}
    for each in space:
        left, place = divmod(left, _count(each) or 1)
        found[each.name] = _value(each, place)
    return found


def _count(dimension: Dimension) -> int | None:
    if isinstance(dimension, Choices):
        return len(dimension.values)
    step = dimension.step or (1 if dimension.is_whole else None)
    return None if step is None else round((dimension.high - dimension.low) / step) + 1


def _value(dimension: Dimension, place: int) -> Any:
    if isinstance(dimension, Choices):
        return dimension.values[place]
    return dimension.rounded(dimension.low + place * (dimension.step or 1))


def _number(space: Sequence[Dimension], values: Mapping[str, Any]) -> int:
    """Numbers the points of a space from 0."""
    number, size = 0, 1
    for each in space:
        value = values[each.name]
        if isinstance(each, Choices):
            place = each.values.index(value)
        else:
            place = round((value - each.low) / (each.step or 1))
        number, size = number + place * size, size * (_count(each) or 1)
    return number
