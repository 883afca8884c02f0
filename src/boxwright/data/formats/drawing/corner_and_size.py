"""Whether the rectangles of a whole part look as if their second point were width and height."""

from collections.abc import Sequence

import numpy as np

from boxwright.data.formats.box_check import Corners, UnsoundError

_FEWEST = 8  # rectangles from which there is something to see
_TURNED = 0.2  # share of second points that lie above or left of the first
_FITTING, _SLACK = 0.98, 0.01  # share that fits as corner and size; of a side, which rounding may pass the edge by
_REACH = 0.5  # of each side, which some first points pass: rectangles in one corner of the image tell nothing


def corner_and_size(written: Sequence[Corners], sizes: Sequence[tuple[int, int]]) -> UnsoundError | None:
    """Says so if two points of rectangles are a corner and a size.

    One rectangle does not tell: people draw from any corner to the opposite one, so the second point may lie anywhere.
    But of opposite corners nearly always some, added up, leave the image, and of corners and sizes none.

    Args:
        written: x and y of the first and of the second point of each rectangle.
        sizes: Height and width of its image.
    """
    if len(written) < _FEWEST:
        return None
    points = np.array(written, dtype=np.float64).reshape(-1, 2, 2)
    sides = np.array(sizes, dtype=np.float64)[:, ::-1]
    first, second = points[:, 0] / sides, points[:, 1] / sides
    is_turned = (second <= first).any(axis=1)
    fits = ((first >= -_SLACK) & (second > 0) & (first + second <= 1 + _SLACK)).all(axis=1)
    if is_turned.mean() < _TURNED or fits.mean() < _FITTING or first.max(axis=0).min() <= _REACH:
        return None
    text = (
        f"{100 * is_turned.mean():.0f} % of the {len(written):,} rectangles have their second point above or left of "
        f"the first; {100 * fits.mean():.0f} % would fit as left, top, width, height in pixels"
    )
    return UnsoundError("box-form", text)
