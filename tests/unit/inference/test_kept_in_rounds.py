"""Greedy removal by pairs equals the loop over candidates."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from boxwright.inference.kept_in_rounds import kept_in_rounds

PLACES = st.integers(0, 11)


@given(st.tuples(st.integers(0, 12), st.sets(st.tuples(PLACES, PLACES))))
def test_it_keeps_what_a_loop_keeps(case: tuple[int, set[tuple[int, int]]]) -> None:
    count, drawn = case
    pairs = sorted((first, second) for first, second in drawn if first < second < count)
    better, worse = torch.tensor(pairs, dtype=torch.int64).reshape(-1, 2).unbind(1)
    kept = [True] * count
    for first, second in pairs:  # sorted: whether the first is kept is settled by now
        if kept[first]:
            kept[second] = False
    assert kept_in_rounds(count, better, worse).tolist() == kept
