"""In what order tests run: those that take long first, divided among the workers, so that all end at the same time."""

from collections.abc import Sequence
from itertools import groupby
from typing import TypeVar

T = TypeVar("T")


def slow_first(
    tests: Sequence[T], is_slow: Sequence[bool], files: Sequence[object], workers: int, to_one: Sequence[bool] = ()
) -> list[T]:
    """Puts the slow ones first into the part of every worker.

    Each worker begins with an equal part of the list, and who has none left takes some from the end of another's.

    Args:
        tests: In any order; within a file, and among quick ones, it is kept.
        is_slow: Of each test.
        files: Of each test; what a file makes once for several slow tests is made by one worker.
        workers: How many there are.
        to_one: Of each test, whether it is for the first worker, slow or not: it takes what would be made by each.
    """
    rows = list(zip(tests, is_slow, files, to_one or [False] * len(tests), strict=True))
    others = (row for row in rows if row[1] and not row[3])
    slow = [[row[0] for row in group] for _, group in groupby(others, key=lambda row: row[2])]
    of_one = [row[0] for row in rows if row[3]]
    quick = [test for test, slowness, _, is_of_one in rows if not (slowness or is_of_one)]
    free = max(workers - 1, 1) if of_one else workers  # of the first ones
    ordered: list[T] = []
    for worker in range(workers):
        dealt = slow[worker - workers + free :: free] if worker >= workers - free else []
        first = [*(of_one if worker == 0 else []), *(test for group in dealt for test in group)]
        part = (len(tests) - len(ordered)) // (workers - worker)
        further = max(part - len(first), 0)
        ordered += first + quick[:further]
        quick = quick[further:]
    return ordered
