"""Every point of a finite space, once."""

from typing import Any

import numpy as np

from boxwright.settings.tuning.dimension import Choices, Dimension, Range
from boxwright.training.tuning.points import count_of, untried

SPACE: list[Dimension] = [
    Choices("a", (None, [1, 2], "x")),
    Range("b", 4, 6, is_whole=True),
    Range("c", 0.1, 0.3, step=0.1),
]


def test_points_are_counted_where_they_can_be() -> None:
    assert count_of(SPACE) == 27
    assert count_of([*SPACE, Range("d", 0.0, 1.0)]) is None


def test_each_point_comes_once_and_by_chance() -> None:
    def drawn(seed: int) -> list[dict[str, Any]]:
        tried: list[dict[str, Any]] = []
        for _ in range(27):
            tried.append(untried(SPACE, tried, np.random.default_rng([seed, len(tried)])))
        return tried

    found = drawn(0)
    assert len({repr(values) for values in found}) == 27
    assert {values["c"] for values in found} == {0.1, 0.2, 0.3}
    assert {type(values["b"]) for values in found} == {int}
    assert found == drawn(0) != drawn(1)


def test_a_space_may_be_larger_than_a_machine_word() -> None:
    space: list[Dimension] = [Range(name, 0, 10**15, is_whole=True) for name in "abcd"]
    found = untried(space, [], np.random.default_rng(0))
    assert all(0 <= value <= 10**15 for value in found.values())
    assert len(set(found.values())) == 4
