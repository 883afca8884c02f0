import math
from typing import Any

import numpy as np
import pytest

from boxwright.data.formats.box_check import UnsoundError
from boxwright.data.formats.drawing.shapes import (
    Shape,
    bitmap,
    ellipse,
    numbers,
    polygon,
    rectangle,
    rotated_rectangle,
    turned,
    united,
)
from boxwright.data.formats.segmentation_check import sound_segmentation
from boxwright.structures import InstanceMasks


def test_a_rectangle_may_be_drawn_from_any_corner() -> None:
    for first, second in (((1.0, 2.0), (5.0, 8.0)), ((5.0, 8.0), (1.0, 2.0)), ((1.0, 8.0), (5.0, 2.0))):
        assert rectangle(first, second) == ((1, 2, 5, 8), None, 24, (*first, *second))


def test_points_turn_clockwise_as_seen() -> None:
    (point,) = turned([(10.0, 0.0)], 90.0, (0.0, 0.0))  # to the right turns to below
    assert point == pytest.approx((0, 10))


def test_a_rectangle_that_is_not_turned_has_no_mask() -> None:
    assert rotated_rectangle((1.0, 2.0, 5.0, 8.0), 0.0, (3.0, 5.0)) == rotated_rectangle(
        (1.0, 2.0, 5.0, 8.0), 360.0, (0.0, 0.0)
    )
    assert rotated_rectangle((1.0, 2.0, 5.0, 8.0), 0.0, (3.0, 5.0)).mask is None


def test_a_turned_rectangle_is_its_outline() -> None:
    shape = rotated_rectangle((10.0, 10.0, 30.0, 20.0), 90.0, (20.0, 15.0))
    assert shape.corners == pytest.approx((15, 5, 25, 25))
    assert shape.area == pytest.approx(200)
    assert len(shape.mask[0]) == 8  # type: ignore[index]


@pytest.mark.parametrize("degrees", [0.0, 30.0, 90.0, -45.0])
def test_the_box_of_an_ellipse_is_exact(degrees: float) -> None:
    shape = ellipse((50.0, 40.0), (20.0, 10.0), degrees)
    steps = np.linspace(0, 2 * math.pi, 10_001).tolist()
    points = [(50 + 20 * math.cos(step), 40 + 10 * math.sin(step)) for step in steps]
    outline = np.array(turned(points, degrees, (50.0, 40.0)))
    expected = (*outline.min(axis=0), *outline.max(axis=0))
    assert shape.corners == pytest.approx(expected, abs=1e-4)
    assert shape.area == pytest.approx(math.pi * 200)
    masks = InstanceMasks.from_polygons([shape.mask], (100, 100))  # type: ignore[list-item]
    assert int(masks.areas[0]) == pytest.approx(math.pi * 200, rel=0.02)


def test_a_polygon() -> None:
    assert polygon([(0, 0), (4, 0), (4, 3)]) == ((0, 0, 4, 3), [[0, 0, 4, 0, 4, 3]], 6, None)


def test_a_bitmap_lies_where_it_was_painted() -> None:
    pixels = np.zeros((5, 6), dtype=bool)
    pixels[1:3, 2:6] = True
    pixels[1, 2] = False
    shape = bitmap(pixels, (10, 20), (40, 60))
    assert (shape.corners, shape.area) == ((12, 21, 16, 23), 7)
    drawn = InstanceMasks.from_rle([shape.mask], (40, 60)).to_boolean()[0].numpy()  # type: ignore[list-item]
    expected = np.zeros((40, 60), dtype=bool)
    expected[20:25, 10:16] = pixels
    assert (drawn == expected).all()


def test_parts_are_united() -> None:
    shape = united([polygon([(0, 0), (4, 0), (4, 3)]), rectangle((10.0, 10.0), (12.0, 12.0))])
    assert (shape.corners, shape.area) == ((0, 0, 12, 12), 10)
    assert shape.mask == [[0, 0, 4, 0, 4, 3], [10, 10, 12, 10, 12, 12, 10, 12]]
    assert united([rectangle((1.0, 2.0), (3.0, 4.0))]).mask is None


@pytest.mark.parametrize(
    "points", [None, 3, "ab", [1, 2], [(1,)], [(1, 2, 3)], [("a", 1)], [(math.nan, 0)], [(math.inf, 0)], [(10**400, 0)]]
)
def test_points_that_are_none(points: Any) -> None:
    with pytest.raises(UnsoundError, match="pairs of finite numbers"):
        numbers(points)


def test_what_encloses_nothing() -> None:
    with pytest.raises(UnsoundError, match="2 points"):
        polygon([(0, 0), (1, 1)])
    with pytest.raises(UnsoundError, match="radii over 0"):
        ellipse((1.0, 1.0), (0.0, 3.0))
    with pytest.raises(UnsoundError, match="no pixel"):
        bitmap(np.zeros((2, 2), dtype=bool), (0, 0), (9, 9))
    with pytest.raises(UnsoundError, match="reaches out"):
        bitmap(np.ones((2, 2), dtype=bool), (8, 0), (9, 9))
    with pytest.raises(UnsoundError, match="reaches out"):
        bitmap(np.ones((2, 2), dtype=bool), (-1, 0), (9, 9))


@pytest.mark.parametrize(
    "shape",
    [
        polygon([(3.0, 4.0), (30.0, 9.0), (12.0, 33.0)]),
        ellipse((20.0, 20.0), (12.0, 5.0), 30.0),
        rotated_rectangle((10.0, 10.0, 30.0, 20.0), 40.0, (20.0, 15.0)),
        united([polygon([(1, 2), (5, 2), (5, 6)]), rectangle((20.0, 30.0), (35.0, 38.0))]),
        bitmap(np.eye(9, dtype=bool), (7, 8), (40, 40)),
    ],
)
def test_the_box_of_a_drawn_mask_is_the_one_around_it(shape: Shape) -> None:
    mask = sound_segmentation(shape.mask, (40, 40), "a")
    assert mask.bounds == pytest.approx(shape.corners, abs=0.1)
