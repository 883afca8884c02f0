import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from boxwright.geometry.column_runs import ColumnRuns, fill_runs, runs_of


def _runs(*rows: tuple[int, int, int]) -> ColumnRuns:
    return ColumnRuns(*torch.tensor(rows, dtype=torch.int64).reshape(-1, 3).unbind(1))


def test_a_run_may_go_on_over_columns() -> None:
    windows, crops = fill_runs(_runs((0, 3, 9)), 1, 4)
    assert windows.tolist() == [[0, 0, 3, 4]]
    assert crops[0].int().tolist() == [[0, 1, 1], [0, 1, 0], [0, 1, 0], [1, 1, 0]]


def test_runs_of_one_mask_are_united_in_any_order() -> None:
    windows, crops = fill_runs(_runs((0, 2, 4), (0, 1, 3), (0, 1, 3)), 1, 10)
    assert windows.tolist() == [[0, 1, 1, 4]]
    assert crops[0].all()


def test_masks_without_runs_have_an_empty_window() -> None:
    windows, crops = fill_runs(_runs((1, 5, 6)), 3, 4)
    assert windows.tolist() == [[0, 0, 0, 0], [1, 1, 2, 2], [0, 0, 0, 0]]
    assert [crop.numel() for crop in crops] == [0, 1, 0]
    assert fill_runs(_runs(), 0, 4)[1] == []


@settings(max_examples=100, deadline=None)
@given(arrays.arrays(bool, st.tuples(st.integers(1, 4), st.integers(1, 6), st.integers(1, 6))))
def test_runs_come_back_joined_and_tight(full: np.ndarray) -> None:
    height = full.shape[1]
    flat = full.transpose(0, 2, 1).reshape(len(full), -1)
    given_rows = [(mask, place, place + 1) for mask, place in np.argwhere(flat).tolist()]
    windows, crops = fill_runs(_runs(*given_rows), len(full), height)
    for mask, crop, (x1, y1, x2, y2) in zip(full, crops, windows.tolist(), strict=True):
        np.testing.assert_array_equal(crop.numpy(), mask[y1:y2, x1:x2])
        assert crop.sum() == mask.sum()
        if mask.any():
            assert crop.any(0).all() or (crop.any(0)[0] and crop.any(0)[-1] and crop.any(1)[0] and crop.any(1)[-1])
    runs = runs_of(windows, crops, height)
    expected = []
    for number, column in enumerate(flat):
        edges = np.diff(column.astype(int), prepend=0, append=0)
        expected += [
            (number, *pair)
            for pair in zip(
                *map(np.ndarray.tolist, (np.flatnonzero(edges > 0), np.flatnonzero(edges < 0))), strict=True
            )
        ]
    assert list(zip(*(each.tolist() for each in runs), strict=True)) == expected
