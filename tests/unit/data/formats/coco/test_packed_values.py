from typing import Any

import pytest

from boxwright.data.formats.coco.packed_values import PackedValues


@pytest.mark.parametrize(
    "values",
    [
        [],
        [None, True, 1, 1.0, -0.0, 2**80, "ä", "\ud800", [[1, 2.5], []], {"counts": "a", "size": [1, 2]}],
        [float("inf"), 0.1 + 0.2, 5e-324],
    ],
)
def test_values_come_back_as_they_were(values: list[Any]) -> None:
    packed = PackedValues.of(values)
    assert isinstance(packed.content, bytes)
    assert len(packed) == len(values)
    assert repr(list(packed)) == repr(values)
    assert list(packed) == list(packed) == values


def test_deep_nesting_stays_as_it_is() -> None:
    deep: list[Any] = []
    for _ in range(5000):
        deep = [deep]
    packed = PackedValues.of([deep])
    (back,) = packed
    assert back is deep
    while deep:  # piece by piece, since an end from the outside would recurse
        deep = deep.pop()


def test_an_outline_takes_about_the_bytes_of_its_numbers() -> None:
    assert len(PackedValues.of([[[0.5 + number for number in range(24)]]]).content) < 24 * 9 + 30
