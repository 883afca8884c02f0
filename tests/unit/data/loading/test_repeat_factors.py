import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from boxwright.data.loading.repeat_factors import drawn_counts, draws_per_epoch, repeat_factors


class Labelled:
    """A data set of which only labels are asked."""

    categories = ("often", "seldom", "rare")
    category_ids = (0, 1, 2)

    def __init__(self, labels: list[list[int]], ignored: tuple[int, ...] = ()) -> None:
        self.labels, self.ignored = labels, ignored

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, position: int) -> Any:
        raise AssertionError("no image need be read")

    def truth(self, position: int) -> Any:
        labels = torch.tensor(self.labels[position], dtype=torch.int64)
        return SimpleNamespace(labels=labels, ignore=torch.full_like(labels, position in self.ignored).bool())


def _factors(dataset: Labelled, threshold: float) -> list[float]:
    found: list[float] = repeat_factors(dataset, threshold).tolist()
    return found


def test_the_rarest_category_of_an_image_decides() -> None:
    labels = [[0]] * 90 + [[0, 1, 1]] * 9 + [[0, 1, 2]]
    found = _factors(Labelled(labels), 0.4)
    assert found[:90] == [1.0] * 90
    assert found[90:99] == pytest.approx([2.0] * 9)  # √(0.4 / 0.1)
    assert found[99] == pytest.approx(math.sqrt(0.4 / 0.01))


def test_nothing_is_repeated_where_nothing_is_rare() -> None:
    labels = [[0], [], [0, 1], [1]]
    assert _factors(Labelled(labels), 0.0) == [1.0] * 4
    assert _factors(Labelled(labels), 0.5) == [1.0] * 4
    assert _factors(Labelled([[], []]), 1.0) == [1.0] * 2
    assert _factors(Labelled([]), 0.5) == []


def test_ignored_regions_do_not_count() -> None:
    found = _factors(Labelled([[0]] * 8 + [[2], [2]], ignored=(9,)), 0.4)
    assert found[8] == pytest.approx(2.0)
    assert found[9] == 1.0


@pytest.mark.parametrize("seed", range(5))
def test_an_image_comes_as_often_as_its_factor_says(seed: int) -> None:
    rng = np.random.default_rng(seed)
    factors = 1 + rng.exponential(1.0, size=40)
    total = draws_per_epoch(factors)
    assert total == round(factors.sum())
    counts = np.stack([drawn_counts(factors, start) for start in (np.arange(1000) + 0.5) / 1000])
    assert set(counts.sum(axis=1)) == {total}
    scaled = factors * total / factors.sum()
    assert (counts >= np.floor(scaled)).all()
    assert (counts <= np.ceil(scaled)).all()
    assert counts.mean(axis=0) == pytest.approx(scaled, abs=0.002)


def test_factors_of_one_draw_each_image_once() -> None:
    for start in (0.0, 0.3, 0.999999):
        assert drawn_counts(np.ones(7), start).tolist() == [1] * 7
