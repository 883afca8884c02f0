"""Shapes as drawing tools know them, as a box and a mask in COCO's form."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Bool

from boxwright.data.formats.box_check import Corners, UnsoundError
from boxwright.data.formats.segmentations import Segmentation
from boxwright.errors import counted
from boxwright.structures import InstanceMasks

_ELLIPSE_POINTS = 64
_FEWEST_POINTS = 3


class Shape(NamedTuple):
    """One drawn shape.

    Args:
        corners: xyxy in pixels.
        mask: Rings or run lengths in COCO's form; None for an upright rectangle.
        area: Pixels.
        written: Of an upright rectangle, x and y of two opposite corners as they are written.
    """

    corners: Corners
    mask: Segmentation
    area: float
    written: Corners | None = None


def rectangle(first: Sequence[float], second: Sequence[float]) -> Shape:
    """Builds an upright rectangle.

    Args:
        first: x, y of a corner.
        second: x, y of the opposite corner.

    Raises:
        UnsoundError: These are not four finite numbers.
    """
    ((x1, y1), (x2, y2)) = numbers([first, second])
    corners = (min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))
    return Shape(corners, None, (corners[2] - corners[0]) * (corners[3] - corners[1]), (x1, y1, x2, y2))


def rotated_rectangle(corners: Corners, degrees: float, pivot: tuple[float, float]) -> Shape:
    """Builds a rectangle that is turned clockwise, as its outline and the upright box around it.

    Args:
        corners: xyxy before it is turned.
        degrees: Angle.
        pivot: x, y of the point that stays where it is.

    Raises:
        UnsoundError: A number is not finite.
    """
    x1, y1, x2, y2 = corners
    if not degrees % 360:
        return rectangle((x1, y1), (x2, y2))
    return polygon(turned([(x1, y1), (x2, y1), (x2, y2), (x1, y2)], degrees, pivot))


def ellipse(center: tuple[float, float], radii: tuple[float, float], degrees: float = 0.0) -> Shape:
    """Builds an ellipse, as an outline of many corners.

    Args:
        center: x, y.
        radii: Along x and y before it is turned.
        degrees: Angle by which it is turned clockwise about its centre.

    Raises:
        UnsoundError: A number is not finite, or a radius is not over 0.
    """
    ((x, y), (a, b), (angle, _)) = numbers([center, radii, (degrees, 0.0)])
    if min(a, b) <= 0:
        raise UnsoundError("box-empty", f"an ellipse needs radii over 0, not {a:g} and {b:g}")
    steps = [2 * math.pi * step / _ELLIPSE_POINTS for step in range(_ELLIPSE_POINTS)]
    outline = turned([(x + a * math.cos(step), y + b * math.sin(step)) for step in steps], angle, (x, y))
    turn = math.radians(angle)
    width = math.hypot(a * math.cos(turn), b * math.sin(turn))
    height = math.hypot(a * math.sin(turn), b * math.cos(turn))
    return polygon(outline)._replace(corners=(x - width, y - height, x + width, y + height), area=math.pi * a * b)


def polygon(points: Any) -> Shape:
    """Builds an outline.

    Args:
        points: Its corners, x and y each.

    Raises:
        UnsoundError: They are fewer than three, or not pairs of finite numbers.
    """
    found = numbers(points)
    if len(found) < _FEWEST_POINTS:
        raise UnsoundError("polygon-short", f"a polygon of {counted(len(found), 'point')} encloses nothing")
    xs, ys = ([point[axis] for point in found] for axis in (0, 1))
    pairs = zip(xs, ys, [*xs[1:], xs[0]], [*ys[1:], ys[0]], strict=True)
    area = abs(sum(x * next_y - next_x * y for x, y, next_x, next_y in pairs)) / 2
    return Shape((min(xs), min(ys), max(xs), max(ys)), [[value for point in found for value in point]], area)


def bitmap(pixels: Bool[np.ndarray, "_height _width"], origin: tuple[int, int], size: tuple[int, int]) -> Shape:
    """Builds what was painted.

    Args:
        pixels: True where it was.
        origin: x, y of their upper left corner in the image.
        size: Height and width of the image.

    Raises:
        UnsoundError: Nothing is painted, or it reaches out of the image.
    """
    rows, columns = np.flatnonzero(pixels.any(axis=1)), np.flatnonzero(pixels.any(axis=0))
    if not len(rows):
        raise UnsoundError("mask-empty", "no pixel is painted")
    top, bottom, left, right = (int(value) for value in (rows[0], rows[-1] + 1, columns[0], columns[-1] + 1))
    x1, y1, x2, y2 = origin[0] + left, origin[1] + top, origin[0] + right, origin[1] + bottom
    if min(x1, y1) < 0 or x2 > size[1] or y2 > size[0]:
        raise UnsoundError("mask-outside", f"what is painted reaches out of the {size[1]}×{size[0]} image")
    crop = torch.from_numpy(np.ascontiguousarray(pixels[top:bottom, left:right]))
    masks = InstanceMasks.from_crops(torch.tensor([[x1, y1, x2, y2]]), [crop], size)
    return Shape((float(x1), float(y1), float(x2), float(y2)), masks.to_rle()[0], float(crop.sum()))


def united(shapes: Sequence[Shape]) -> Shape:
    """Joins the outlines of one object that is drawn in several parts.

    Args:
        shapes: None of them painted; an upright rectangle counts as its outline.
    """
    if len(shapes) == 1:
        return shapes[0]
    boxes = [shape.corners for shape in shapes]
    x1, y1 = (min(box[side] for box in boxes) for side in (0, 1))
    x2, y2 = (max(box[side] for box in boxes) for side in (2, 3))
    rings = [ring for shape in shapes for ring in (shape.mask or _outline(shape.corners))]
    return Shape((x1, y1, x2, y2), rings, sum(shape.area for shape in shapes))


def turned(
    points: Sequence[tuple[float, float]], degrees: float, pivot: tuple[float, float]
) -> list[tuple[float, float]]:
    """Turns points clockwise, as they are seen with y pointing down.

    Args:
        points: x, y each.
        degrees: Angle.
        pivot: x, y of the point that stays where it is.
    """
    sine, cosine = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    away = [(x - pivot[0], y - pivot[1]) for x, y in points]
    return [(pivot[0] + x * cosine - y * sine, pivot[1] + x * sine + y * cosine) for x, y in away]


def numbers(points: Any) -> list[tuple[float, float]]:
    """Checks points.

    Args:
        points: A list of pairs.

    Raises:
        UnsoundError: They are not pairs of finite numbers.
    """
    try:
        found = [(float(x), float(y)) for x, y in points]
    except (TypeError, ValueError, OverflowError):
        found = [(math.nan, math.nan)]
    if not all(math.isfinite(x) and math.isfinite(y) for x, y in found):
        raise UnsoundError(
            "polygon-not-numbers", f"points must be pairs of finite numbers x, y; found {str(points)[:80]}"
        )
    return found


def _outline(corners: Corners) -> list[list[float]]:
    x1, y1, x2, y2 = corners
    return [[x1, y1, x2, y1, x2, y2, x1, y2]]
