import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from pycocotools import mask as mask_code

from boxwright.geometry.outlines import trace_outlines

# decode() of pycocotools itself warns under NumPy 2
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")


def _mask(*rows: str) -> torch.Tensor:
    return torch.tensor([[character == "#" for character in row] for row in rows])


def test_a_rectangle_has_its_four_corners() -> None:
    outer, holes = trace_outlines(_mask("....", ".##.", ".##."))
    assert sorted(outer[0]) == [(1, 1), (1, 3), (3, 1), (3, 3)]
    assert (len(outer), len(outer[0]), holes) == (1, 4, [])


def test_a_hole_is_a_ring_of_its_own() -> None:
    outer, holes = trace_outlines(_mask("#####", "#.#.#", "#####"))
    assert len(outer) == 1
    assert len(outer[0]) == 4
    assert sorted(map(sorted, holes)) == [[(1, 1), (1, 2), (2, 1), (2, 2)], [(3, 1), (3, 2), (4, 1), (4, 2)]]


def test_parts_that_touch_at_a_corner_are_rings_of_their_own() -> None:
    for mask in (_mask("#.", ".#"), _mask(".#", "#."), _mask("#.#", ".#.", "#.#")):
        outer, holes = trace_outlines(mask)
        assert len(outer) == int(mask.sum())
        assert not holes


def test_nothing_has_no_outline() -> None:
    assert trace_outlines(torch.zeros((3, 3), dtype=torch.bool)) == ([], [])
    assert trace_outlines(torch.zeros((0, 0), dtype=torch.bool)) == ([], [])


def _filled(rings: list[list[tuple[int, int]]], height: int, width: int) -> np.ndarray:
    full = np.zeros((height, width), bool)
    for ring in rings:
        flat = [float(value) for point in ring for value in point]
        full |= mask_code.decode(mask_code.frPyObjects([flat], height, width)[0]).astype(bool)
    return full


@settings(max_examples=200, deadline=None)
@given(arrays.arrays(bool, st.tuples(st.integers(1, 7), st.integers(1, 7))))
def test_outer_rings_less_holes_are_the_mask_under_cocos_rule(full: np.ndarray) -> None:
    outer, holes = trace_outlines(torch.from_numpy(full))
    closed, gaps = (_filled(rings, *full.shape) for rings in (outer, holes))
    np.testing.assert_array_equal(closed & full, full)
    np.testing.assert_array_equal(closed & ~full, gaps & ~full)
    areas = [abs(_area(ring)) for ring in outer], [abs(_area(ring)) for ring in holes]
    assert sum(areas[0]) - sum(areas[1]) == full.sum()


def _area(ring: list[tuple[int, int]]) -> float:
    x, y = np.array(ring, float).T
    return float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum() / 2)
