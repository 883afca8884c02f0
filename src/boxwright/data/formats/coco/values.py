"""What counts as a name, a whole number and a number in a COCO file."""

from typing import Any


def is_name(value: Any) -> bool:
    """Says whether a class may be called so; programs also write digits as numbers.

    Args:
        value: As parsed.
    """
    return is_integer(value) or isinstance(value, float) or (isinstance(value, str) and bool(value.strip()))


def side_of(value: Any) -> Any:
    """Gives a whole number as such, however it is written; programs also write `640.0`.

    Args:
        value: As parsed.
    """
    return int(value) if isinstance(value, float) and value.is_integer() else value


def is_integer(value: Any) -> bool:
    """Says whether a value is a whole number.

    Args:
        value: As parsed.
    """
    return isinstance(value, int) and not isinstance(value, bool)


def is_finite(value: Any) -> bool:
    """Says whether a value is a number that can be of pixels.

    Args:
        value: As parsed.
    """
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e12
