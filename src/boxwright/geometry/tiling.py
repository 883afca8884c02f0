"""Cutting images into tiles that overlap."""

from dataclasses import dataclass
from itertools import pairwise, product

from boxwright.errors import ConfigError
from boxwright.geometry.canvas import LARGEST_SIDE, side_pair

DEFAULT_OVERLAP = 0.2
MOST_OVERLAP = 0.9
"""Beyond it a pixel is looked at more than a hundred times."""

Window = tuple[int, int, int, int]
"""Left, top, right and bottom in whole pixels of an image; right and bottom are not included."""


@dataclass(frozen=True, slots=True)
class Tiling:
    """Says how images of any size are cut into tiles.

    Law: the tiles of an image cover it; all have the same size, that of the tiling, or that of the image where it is
    smaller; neighbours overlap by at least what was asked; no two are the same. They are spread evenly, so that none of
    them shows little that is new.

    Args:
        size: Height and width of a tile in pixels of the original image.
        overlap: Share of its side that a tile has in common with the next one, at least, in whole pixels that leave
            one to the next; from 0 to 0.9.

    Raises:
        ConfigError: A number is out of its range.

    Example:
        >>> Tiling((640, 640), 0.2).windows((640, 1000))
        [(0, 0, 640, 640), (360, 0, 1000, 640)]
    """

    size: tuple[int, int]
    overlap: float = DEFAULT_OVERLAP

    def __post_init__(self) -> None:
        """Checks the ranges."""
        if not all(1 <= side <= LARGEST_SIDE for side in self.size):
            raise ConfigError(
                f"tile: both sides must be from 1 to {LARGEST_SIDE:,} pixels; found {self.size[0]} × {self.size[1]}. "
                "The canvas of the training is a good size."
            )
        if not 0 <= self.overlap <= MOST_OVERLAP:
            raise ConfigError(f"tile_overlap is a share, from 0 to {MOST_OVERLAP}; found {self.overlap}. Try 0.2.")

    def windows(self, size: tuple[int, int]) -> list[Window]:
        """Gives the tiles of an image, row by row.

        Args:
            size: Height and width of the image in pixels.
        """
        (height, width), (tall, wide) = size, self.size
        corners = product(_starts(height, tall, self.overlap), _starts(width, wide, self.overlap))
        return [(left, top, min(left + wide, width), min(top + tall, height)) for top, left in corners]

    def __str__(self) -> str:
        """Says what is cut."""
        return f"tiles of {self.size[0]} × {self.size[1]} pixels, overlap {self.overlap:g}"


def _starts(length: int, side: int, overlap: float) -> list[int]:
    """Gives where tiles begin along one side of an image."""
    free = length - side
    if free <= 0:
        return [0]
    step = max(1, side - _rounded_up(overlap * side))
    steps = -(-free // step)
    starts = [free * number // steps for number in range(steps + 1)]
    assert all(0 < after - before <= step for before, after in pairwise(starts))
    return starts


def _rounded_up(pixels: float) -> int:
    """Rounds up, but for what a product of fractions is off by."""
    return -int(-(pixels - 1e-9) // 1)


def tiling_of(tile: int | tuple[int, int] | None, overlap: float | None = None) -> Tiling | None:
    """Builds the tiling that settings ask for; None if they ask for none.

    Args:
        tile: Side of a tile, or height and width, in pixels of the original image.
        overlap: See `Tiling`; the usual one if left out.

    Raises:
        ConfigError: A number is out of its range, or there is an overlap of no tiles.
    """
    if tile is None:
        if overlap is not None:
            raise ConfigError(f"tile_overlap is {overlap:g}, and there are no tiles. Give tile too, or leave it out.")
        return None
    return Tiling(side_pair("tile", tile), DEFAULT_OVERLAP if overlap is None else overlap)
