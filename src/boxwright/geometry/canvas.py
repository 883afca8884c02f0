"""The canvas as it is asked for: one side, or height and width."""

from boxwright.errors import ConfigError

LARGEST_SIDE = 32_768
"""Pixels; one image of this side is 12 GB as the network takes it."""


def canvas_pair(canvas: int | tuple[int, int]) -> tuple[int, int]:
    """Gives height and width of a canvas that may be given by one side.

    Args:
        canvas: Side, or height and width, in pixels.

    Raises:
        ConfigError: A side is less than 1, or too large for any machine.
    """
    height, width = (canvas, canvas) if isinstance(canvas, int) else canvas
    if not all(1 <= side <= LARGEST_SIDE for side in (height, width)):
        raise ConfigError(
            f"canvas: both sides must be from 1 to {LARGEST_SIDE:,} pixels; found {height} × {width}. Most systems "
            "take 640."
        )
    return height, width
