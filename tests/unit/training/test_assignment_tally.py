"""Positives by the size of the objects."""

import math

import pytest
import torch
from tests.contracts.assignments import assignment_of
from torch import Tensor

from boxwright.structures import Assignment, Targets
from boxwright.training.assignment_tally import AssignmentTally, assignment_figures, size_counts


def _targets(sides: list[float], ignore: list[bool] | None = None) -> Targets:
    boxes = torch.tensor([[0.0, 0.0, side, side] for side in sides]).reshape(-1, 4)
    flags = torch.zeros(len(sides), dtype=torch.bool) if ignore is None else torch.tensor(ignore)
    return Targets.from_lists([boxes], [torch.zeros(len(sides))], [flags])


def _assignment(targets: list[int]) -> Assignment:
    index = torch.arange(len(targets))
    return assignment_of(index * 0, index, torch.tensor(targets, dtype=torch.int64), torch.ones(len(targets)))


def test_objects_and_positives_are_counted_by_size() -> None:
    counts = size_counts(_assignment([0, 0, 0, 3]), _targets([10, 20, 31.9, 32, 95.9, 96, 300]))
    assert counts.tolist() == [[3, 2, 3], [2, 1, 1], [2, 2, 0]]


def test_ignored_regions_are_not_objects() -> None:
    counts = size_counts(_assignment([1]), _targets([10, 20], [True, False]))
    assert counts.tolist() == [[1, 0, 1], [0, 0, 0], [0, 0, 0]]


def test_figures_are_shares_and_means() -> None:
    figures = assignment_figures(torch.tensor([[4, 3, 2], [0, 0, 0], [6, 0, 30]]))
    assert figures["without_positive"] == pytest.approx(0.3)
    assert figures["without_positive_small"] == pytest.approx(0.75)
    assert figures["without_positive_large"] == 0
    assert figures["positives"] == pytest.approx(3.2)
    assert figures["positives_small"] == pytest.approx(0.5)
    assert figures["positives_large"] == pytest.approx(5)
    assert math.isnan(figures["without_positive_medium"])
    assert math.isnan(figures["positives_medium"])


def test_an_epoch_is_the_sum_of_its_batches() -> None:
    tally = AssignmentTally()
    assert not tally.counts(torch.device("cpu")).any()
    batches: list[tuple[list[int], list[float]]] = [([0, 0], [10, 40]), ([], []), ([0], [200])]
    for pairs, sides in batches:
        tally.add(_assignment(pairs), _targets(sides))
    whole: Tensor = tally.counts(torch.device("cpu"))
    assert whole.tolist() == [[1, 0, 2], [1, 1, 0], [1, 0, 1]]
    tally.clear()
    assert not tally.counts(torch.device("cpu")).any()
