import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import mask as mask_code

from boxwright.geometry.column_runs import fill_runs
from boxwright.geometry.polygon_runs import polygon_runs

Rings = list[list[tuple[float, float]]]

# decode() of pycocotools itself warns under NumPy 2
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")


def _fill(rings: Rings, size: tuple[int, int], owner: list[int] | None = None) -> np.ndarray:
    points = torch.tensor([point for ring in rings for point in ring], dtype=torch.float64).reshape(-1, 2)
    masks = torch.tensor([0] * len(rings) if owner is None else owner)
    runs = polygon_runs(points, torch.tensor([len(ring) for ring in rings]), masks, size)
    full = np.zeros((int(masks.max()) + 1, *size), bool)
    for mask, (x1, y1, x2, y2), crop in zip(
        full, *map(list, _listed(fill_runs(runs, len(full), size[0]))), strict=True
    ):
        mask[y1:y2, x1:x2] = crop.numpy()
    return full


def _listed(filled: tuple[torch.Tensor, list[torch.Tensor]]) -> tuple[list[list[int]], list[torch.Tensor]]:
    return filled[0].tolist(), filled[1]


def _coco(rings: Rings, size: tuple[int, int]) -> np.ndarray:
    flat = [[float(side) for point in ring for side in point] for ring in rings]
    return mask_code.decode(mask_code.merge(mask_code.frPyObjects(flat, *size))).astype(bool)


# tenths and halves put corners on the middle of pixels, where rounding decides
coordinate = st.one_of(
    st.integers(-20, 60).map(lambda each: each / 2),
    st.integers(-100, 300).map(lambda each: each / 10),
    st.floats(-9, 29),
)
ring = st.lists(st.tuples(coordinate, coordinate), min_size=3, max_size=8)


@settings(max_examples=300, deadline=None)
@given(st.lists(ring, min_size=1, max_size=3), st.tuples(st.integers(1, 20), st.integers(1, 20)))
def test_every_pixel_is_that_of_the_coco_api(rings: Rings, size: tuple[int, int]) -> None:
    np.testing.assert_array_equal(_fill(rings, size)[0], _coco(rings, size))


def test_parts_are_united_not_cancelled() -> None:
    """Even-odd over all rings would empty the overlap; COCO unites them."""
    square, other = [(0, 0), (6, 0), (6, 6), (0, 6)], [(3, 3), (9, 3), (9, 9), (3, 9)]
    full = _fill([square, other], (10, 10))[0]
    assert full[4, 4]
    assert full.sum() == 36 + 36 - 9


def test_a_ring_that_crosses_itself_is_even_odd() -> None:
    bow = [(0.0, 0.0), (8.0, 8.0), (8.0, 0.0), (0.0, 8.0)]
    full = _fill([bow], (8, 8))[0]
    np.testing.assert_array_equal(full, _coco([bow], (8, 8)))
    assert not full[0, 4]


def test_rings_of_several_masks_stay_apart() -> None:
    rings = [[(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0)], [(2.0, 2.0), (8.0, 2.0), (8.0, 8.0), (2.0, 8.0)]]
    full = _fill(rings, (10, 10), [1, 0])
    np.testing.assert_array_equal(full[1], _coco(rings[:1], (10, 10)))
    np.testing.assert_array_equal(full[0], _coco(rings[1:], (10, 10)))


def test_no_rings_are_no_runs() -> None:
    runs = polygon_runs(
        torch.zeros((0, 2), dtype=torch.float64), torch.zeros(0, dtype=torch.int64), torch.zeros(0).long(), (4, 4)
    )
    assert [len(column) for column in runs] == [0, 0, 0]
