import torch

from boxwright.kernels.group_order import first_minimum_per_group, rank_in_group

VALUES = torch.tensor([3.0, 1.0, 2.0, 1.0, 5.0, 2.0])
GROUP = torch.tensor([0, 0, 2, 0, 2, 2])
BREAKER = torch.tensor([9, 8, 7, 3, 1, 0])


def test_the_least_value_then_the_lowest_breaker() -> None:
    assert first_minimum_per_group(VALUES, GROUP, BREAKER, 4).tolist() == [False, False, False, True, False, True]


def test_ranks_ascend_by_value_then_breaker() -> None:
    assert rank_in_group(VALUES, GROUP, BREAKER).tolist() == [2, 1, 1, 0, 2, 0]


def test_no_rows() -> None:
    nothing, index = torch.zeros(0), torch.zeros(0, dtype=torch.int64)
    assert len(first_minimum_per_group(nothing, index, index, 3)) == 0
    assert len(rank_in_group(nothing, index, index)) == 0
