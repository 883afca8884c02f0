"""The canvas as it is asked for: one side, or height and width."""

from numbers import Integral

from boxwright.errors import ConfigError

LARGEST_SIDE = 32_768
"""Pixels; one image of this side is 12 GB as the network takes it."""


def canvas_pair(canvas: int | tuple[int, int]) -> tuple[int, int]:
    """Gives height and width of a canvas that may be given by one side.

    Args:
        canvas: Side, or height and width, in pixels.

    Raises:
        ConfigError: It is something else, or a side is less than 1, or too large for any machine.
    """
    height, width = side_pair("canvas", canvas)
    if not all(1 <= side <= LARGEST_SIDE for side in (height, width)):
        raise ConfigError(
            f"canvas: both sides must be from 1 to {LARGEST_SIDE:,} pixels; found {height} × {width}. Most systems "
            "take 640."
        )
    return height, width


def side_pair(name: str, value: object) -> tuple[int, int]:
    """Gives height and width of what may be given by one side.

    Args:
        name: Of the setting.
        value: Whole numbers, also those of NumPy.

    Raises:
        ConfigError: It is neither a side nor a pair of them.
    """
    sides = value if isinstance(value, tuple | list) else (value, value)
    if len(sides) != 2 or not all(isinstance(side, Integral) and not isinstance(side, bool) for side in sides):
        raise ConfigError(f"{name} is a side, or height and width, in whole pixels; found {value!r}.")
    return int(sides[0]), int(sides[1])
