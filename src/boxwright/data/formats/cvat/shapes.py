"""The shapes of CVAT."""

import math
from typing import Any

import numpy as np

from boxwright.data.formats.box_check import UnsoundError
from boxwright.data.formats.drawing.shapes import Shape, bitmap, ellipse, polygon, rotated_rectangle

SHAPES = ("box", "polygon", "ellipse", "mask")
"""Elements that have an area."""

NO_AREA = {
    "polyline": "polylines, which enclose nothing",
    "points": "points, which have no size",
    "cuboid": "cuboids",
    "skeleton": "skeletons",
    "tag": "tags of whole images",
}
"""Other elements, and what to call them."""


def shape_of(element: Any, size: tuple[int, int]) -> Shape:
    """Reads an element.

    Args:
        element: One of `SHAPES`.
        size: Height and width of its image.

    Raises:
        UnsoundError: Its numbers are not usable.
    """
    if element.tag == "box":
        x1, y1, x2, y2 = _numbers(element, "xtl", "ytl", "xbr", "ybr")
        if x2 <= x1 or y2 <= y1:  # CVAT writes left before right: these are no corners
            return Shape((x1, y1, x2, y2), None, 0.0)
        return rotated_rectangle((x1, y1, x2, y2), _rotation(element), ((x1 + x2) / 2, (y1 + y2) / 2))
    if element.tag == "ellipse":
        x, y, a, b = _numbers(element, "cx", "cy", "rx", "ry")
        return ellipse((x, y), (a, b), _rotation(element))
    if element.tag == "polygon":
        return polygon([point.split(",") for point in (element.get("points") or "").split(";") if point.strip()])
    return _mask(element, size)


def _rotation(element: Any) -> float:
    return _numbers(element, "rotation")[0] if element.get("rotation") else 0.0


def _numbers(element: Any, *names: str) -> list[float]:
    texts = [element.get(name) for name in names]
    try:
        values = [float(text) for text in texts]
    except (TypeError, ValueError):
        values = [math.nan]
    if not all(math.isfinite(value) for value in values):
        raise UnsoundError("box-not-numbers", f"{', '.join(names)} must be finite numbers, not {str(texts)[:80]}")
    return values


def _mask(element: Any, size: tuple[int, int]) -> Shape:
    """Reads run lengths: row by row in a window of the image, outside first."""
    left, top, width, height = (int(value) for value in _numbers(element, "left", "top", "width", "height"))
    if left < 0 or top < 0 or min(width, height) < 1 or left + width > size[1] or top + height > size[0]:
        raise UnsoundError(
            "mask-outside", f"the mask of {width}×{height} at {left}, {top} is not inside the {size[1]}×{size[0]} image"
        )
    try:
        counts = np.array([int(text) for text in (element.get("rle") or "").split(",")], dtype=np.int64)
    except (ValueError, OverflowError):
        counts = np.array([-1])
    # each by itself, since a sum of huge ones wraps around
    if (counts < 0).any() or (counts > width * height).any() or int(counts.sum()) != width * height:
        raise UnsoundError("rle-counts", f"the run lengths must be whole numbers that sum to {width} × {height}")
    inside = np.arange(len(counts)) % 2 == 1
    return bitmap(np.repeat(inside, counts).reshape(height, width), (left, top), size)
