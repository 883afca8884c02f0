"""In what order tests run: those that take long first, divided among the workers, so that all end at the same time."""

from collections.abc import Sequence
from itertools import groupby
from typing import TypeVar

T = TypeVar("T")


def slow_first(tests: Sequence[T], is_slow: Sequence[bool], files: Sequence[object], workers: int) -> list[T]:
    """Puts the slow ones first into the part of every worker.

    Each worker begins with an equal part of the list, and who has none left takes some from the end of another's.

    Args:
        tests: In any order; within a file, and among quick ones, it is kept.
        is_slow: Of each test.
        files: Of each test; what a file makes once for several slow tests is made by one worker.
        workers: How many there are.
    """
    rows = list(zip(tests, is_slow, files, strict=True))
    slow = [[row[0] for row in group] for _, group in groupby((row for row in rows if row[1]), key=lambda row: row[2])]
    quick = [test for test, slowness, _ in rows if not slowness]
    ordered: list[T] = []
    for worker in range(workers):
        first = [test for group in slow[worker::workers] for test in group]
        part = (len(tests) - len(ordered)) // (workers - worker)
        further = max(part - len(first), 0)
        ordered += first + quick[:further]
        quick = quick[further:]
    return ordered
