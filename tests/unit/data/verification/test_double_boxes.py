from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from boxwright.data.formats.annotation_table import AnnotationTable
from boxwright.data.verification.double_boxes import LIKE, find_double_boxes

Box = tuple[float, float, float, float]


def _table(objects: Sequence[tuple[int, Box, int, bool]], images: int = 3) -> AnnotationTable:
    rows = [(image, *box, label, ignore, 1.0) for image, box, label, ignore in objects]
    return AnnotationTable.build(["x"] * images, range(images), [(500, 500)] * images, rows)


def _pairs(table: AnnotationTable) -> list[tuple[int, int]]:
    found = find_double_boxes(table)
    return list(zip(found.first.tolist(), found.second.tolist(), strict=True))


def _dense(table: AnnotationTable) -> list[tuple[int, int]]:
    """Compares every box with every other."""
    image = np.repeat(np.arange(len(table)), np.diff(table.offsets))
    boxes, found = table.boxes.astype(np.float64), []
    for first in range(len(boxes)):
        for second in range(first + 1, len(boxes)):
            a, b = boxes[first], boxes[second]
            width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
            shared = max(width, 0) * max(height, 0)
            whole = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared
            is_counted = image[first] == image[second] and not table.ignore[[first, second]].any()
            if is_counted and shared / whole >= LIKE:
                found.append((first, second))
    return found


def test_by_hand() -> None:
    box = (10.0, 10.0, 110.0, 110.0)
    table = _table(
        [
            (0, box, 0, False),
            (0, (12.0, 12.0, 112.0, 112.0), 0, False),  # 98² / (2 · 100² - 98²) = 0.924
            (0, (20.0, 20.0, 120.0, 120.0), 0, False),  # 0.68 and 0.73
            (1, box, 0, False),  # another image
            (2, box, 0, False),
            (2, box, 1, False),  # another class
            (2, box, 0, True),  # an ignored region
        ]
    )
    found = find_double_boxes(table)
    assert _pairs(table) == [(0, 1), (4, 5)]
    assert found.iou.tolist() == pytest.approx([9604 / 10396, 1.0])
    assert found.same_label.tolist() == [True, False]


def test_nothing() -> None:
    assert _pairs(_table([])) == []
    assert _pairs(_table([(1, (0.0, 0.0, 1.0, 1.0), 0, False)])) == []


_corner, _side = st.integers(0, 12), st.integers(1, 30)


@given(
    st.lists(st.tuples(st.integers(0, 2), _corner, _corner, _side, _side, st.booleans()), max_size=25),
    st.floats(0.25, 4.0),
)
def test_the_sweep_equals_comparing_all(drawn: list[tuple[int, int, int, int, int, bool]], scale: float) -> None:
    objects = [
        (image, (x * scale, y * scale, (x + 20 * w) * scale, (y + 20 * h) * scale), 0, ignore)
        for image, x, y, w, h, ignore in drawn
    ]
    table = _table(objects)
    assert _pairs(table) == _dense(table)
