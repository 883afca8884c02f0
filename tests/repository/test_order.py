"""The order in which tests run."""

import pytest
from tests.order import slow_first


@pytest.mark.parametrize("workers", [1, 2, 3, 7])
def test_every_test_runs_once_and_each_worker_begins_with_slow_ones(workers: int) -> None:
    tests = list(range(100))
    is_slow = [number % 9 == 0 for number in tests]  # twelve of them
    ordered = slow_first(tests, is_slow, [number // 10 for number in tests], workers)
    assert sorted(ordered) == tests
    begin, left = 0, len(tests)
    for worker in range(workers):
        part = left // (workers - worker)
        assert is_slow[ordered[begin]]
        begin, left = begin + part, left - part


def test_slow_tests_of_a_file_stay_together_and_in_their_order() -> None:
    files = [0, 0, 0, 1, 1, 1, 2, 2]
    is_slow = [True, False, True, True, True, False, False, False]
    assert slow_first("abcdefgh", is_slow, files, 2) == ["a", "c", "b", "f", "d", "e", "g", "h"]


def test_more_slow_tests_than_a_part_holds() -> None:
    assert sorted(slow_first("abcd", [True] * 4, [0, 0, 0, 1], 2)) == list("abcd")


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_what_is_made_once_is_made_by_the_first_worker(workers: int) -> None:
    is_slow = [False, True, True, False, True, False, False, False, False]
    to_one = [False, True, False, True, False, False, False, False, False]
    ordered = slow_first("abcdefghi", is_slow, range(9), workers, to_one)
    assert sorted(ordered) == list("abcdefghi")
    assert ordered[:2] == ["b", "d"]
    assert ordered[len(ordered) // workers if workers > 1 else 2] == "c"
