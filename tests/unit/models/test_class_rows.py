"""Rows of classes find their place."""

import pytest
import torch

from boxwright.models.class_rows import ClassRows, kept_rows


def test_rows_are_taken_by_label_and_the_rest_with_them() -> None:
    # two groups of one value that is no class and three classes; there two classes
    own, given = torch.arange(8.0), 100 + torch.arange(6.0)
    taken = ClassRows(groups=2, offset=1).taken_over(own, given, {0: 1, 2: 0})
    assert taken is not None
    assert taken.tolist() == [100, 102, 2, 101, 103, 105, 6, 104]
    assert own.tolist() == list(range(8)), "one's own stay as they are"


@pytest.mark.parametrize(
    ("own", "given", "labels"),
    [((4, 2), (4, 3), {0: 0}), ((4, 2), (3, 2), {0: 0}), ((4, 2), (4, 2), {})],
)
def test_nothing_is_taken_where_nothing_fits(
    own: tuple[int, int], given: tuple[int, int], labels: dict[int, int]
) -> None:
    assert ClassRows(groups=2).taken_over(torch.zeros(own), torch.ones(given), labels) is None


def test_rows_that_are_kept_are_in_ones_own_order() -> None:
    assert kept_rows(torch.arange(8.0), 2, (3, 0, 1)).tolist() == [3, 0, 1, 7, 4, 5]
