from typing import Any
from xml.etree.ElementTree import fromstring

import pytest

from boxwright.data.formats.box_check import UnsoundError
from boxwright.data.formats.cvat.shapes import shape_of

SIZE = (40, 60)


def _shape(text: str) -> Any:
    return shape_of(fromstring(text), SIZE)


@pytest.mark.parametrize(
    ("text", "corners", "has_mask"),
    [
        ('<box xtl="1.5" ytl="2" xbr="11" ybr="12"/>', (1.5, 2, 11, 12), False),
        ('<box xtl="10" ytl="10" xbr="30" ybr="20" rotation="90.0"/>', (15, 5, 25, 25), True),
        ('<box xtl="10" ytl="10" xbr="30" ybr="20" rotation="0.0"/>', (10, 10, 30, 20), False),
        ('<polygon points="1.0,2.0;11.0,2.0;11.0,12.0"/>', (1, 2, 11, 12), True),
        ('<ellipse cx="20" cy="20" rx="10" ry="5"/>', (10, 15, 30, 25), True),
        ('<ellipse cx="20" cy="20" rx="10" ry="5" rotation="90"/>', (15, 10, 25, 30), True),
        ('<mask rle="1, 2, 1, 2" left="10" top="20" width="3" height="2"/>', (11, 20, 13, 22), True),
    ],
)
def test_shapes(text: str, corners: Any, has_mask: bool) -> None:
    shape = _shape(text)
    assert shape.corners == pytest.approx(corners)
    assert (shape.mask is not None) == has_mask


def test_run_lengths_go_row_by_row() -> None:
    shape = _shape('<mask rle="0, 1, 3, 2" left="10" top="20" width="3" height="2"/>')
    assert (shape.corners, shape.area) == ((10, 20, 13, 22), 3)  # (0, 0), (1, 1) and (2, 1) of the window


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('<box xtl="1.5" ytl="2" xbr="11"/>', "box-not-numbers"),
        ('<box xtl="nan" ytl="2" xbr="11" ybr="3"/>', "box-not-numbers"),
        ('<box xtl="1" ytl="2" xbr="11" ybr="3" rotation="x"/>', "box-not-numbers"),
        ('<polygon points="1,2;3,4"/>', "polygon-short"),
        ("<polygon/>", "polygon-short"),
        ('<polygon points="1,2;3;4,5"/>', "polygon-not-numbers"),
        ('<mask rle="1,2" left="10" top="20" width="3" height="2"/>', "rle-counts"),
        ('<mask rle="x" left="10" top="20" width="3" height="2"/>', "rle-counts"),
        ('<mask rle="-1,7" left="10" top="20" width="3" height="2"/>', "rle-counts"),
        (
            '<mask rle="9223372036854775807,9223372036854775807,2,6" left="0" top="0" width="3" height="2"/>',
            "rle-counts",
        ),
        ('<mask rle="6" left="10" top="20" width="3" height="2"/>', "mask-empty"),
        ('<mask rle="0,6" left="58" top="20" width="3" height="2"/>', "mask-outside"),
        ('<mask rle="0,9000000000000000000" left="0" top="0" width="3000000000" height="3000000000"/>', "mask-outside"),
    ],
)
def test_bad_shapes(text: str, code: str) -> None:
    with pytest.raises(UnsoundError) as caught:
        _shape(text)
    assert caught.value.code == code


@pytest.mark.parametrize("corners", ["30 10 20 15", "10 30 20 15", "20 15 10 5", "10 10 10 20"])
def test_a_box_whose_corners_are_none_is_not_turned_into_one(corners: str) -> None:
    """Width and height in their place would become a box that nobody drew."""
    x1, y1, x2, y2 = corners.split()
    shape = _shape(f'<box xtl="{x1}" ytl="{y1}" xbr="{x2}" ybr="{y2}"/>')
    assert shape.corners == (float(x1), float(y1), float(x2), float(y2))
