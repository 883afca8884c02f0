"""Assignments that no batch can have, of assigners and samplers that are not of boxwright."""

from dataclasses import replace
from typing import Any

import pytest
import torch

from boxwright.assigners import AtssAssigner
from boxwright.criterion.given_assignment import require_assignment
from boxwright.errors import ShapeError
from boxwright.prior_generators import PointGrid
from boxwright.structures import Assignment, Targets

PRIORS = PointGrid((32,))((64, 64), "cpu")
TARGETS = Targets.from_lists(
    [torch.tensor([[0.0, 0, 32, 32]]), torch.tensor([[0.0, 0, 32, 32], [32, 32, 64, 64]])],
    [torch.tensor([0]), torch.tensor([1, 0])],
    [torch.tensor([False]), torch.tensor([False, True])],
)
GOOD = Assignment.of_pairs(PRIORS, TARGETS, prior=torch.tensor([0, 3]), target=torch.tensor([0, 1]))


def mine() -> None:
    """Stands for an assigner of somebody's own."""


def test_what_is_right_passes() -> None:
    require_assignment(GOOD, PRIORS, TARGETS, mine)
    require_assignment(Assignment.empty(2, 4), PRIORS, TARGETS, mine)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"prior": torch.tensor([0, 4])}, r"Pair 1 .* a prior outside 0…3: image 1, prior 4, target 1"),
        ({"prior": torch.tensor([-1, 3])}, "Pair 0 .* a prior outside"),
        ({"target": torch.tensor([0, 3])}, "Pair 1 .* a target outside 0…2"),
        ({"target": torch.tensor([0, -1])}, "a target outside"),
        ({"target": torch.tensor([0, 2])}, "a target that is an ignored region"),
        ({"image": torch.tensor([1, 1])}, "an image that is not that of its target"),
        ({"image": torch.tensor([0, 7])}, "an image that is not that of its target"),
        ({"quality": torch.tensor([1.0, torch.nan])}, "Pair 1 .* a quality outside 0 to 1"),
        ({"quality": torch.tensor([1.0, 2.0])}, "a quality outside 0 to 1"),
        ({"weight": torch.tensor([1.0, torch.inf])}, "a weight that is not finite"),
        ({"weight": torch.tensor([-1.0, 1.0])}, "a weight that is not finite, or below 0"),
        ({"prior": torch.tensor([0, 3]).int()}, "The column prior .* is torch.int32. Give it as torch.int64"),
        ({"target": torch.tensor([0.0, 1.0])}, "The column target .* is torch.float32"),
        ({"ignored": torch.zeros(2, 4)}, "The column ignored .* is torch.float32. Give it as torch.bool"),
        ({"ignored": torch.zeros(2, 5).bool()}, "is for 2 images and 5 priors; the batch has 2, the canvas 4"),
    ],
)
def test_what_cannot_be_is_an_error(changes: dict[str, Any], message: str) -> None:
    given = replace(GOOD)
    for name, value in changes.items():
        object.__setattr__(given, name, value)  # tests would refuse the types at once
    with pytest.raises(ShapeError, match=message):
        require_assignment(given, PRIORS, TARGETS, mine)


def test_the_parts_of_boxwright_keep_these_laws_and_are_not_asked() -> None:
    wrong = replace(GOOD, quality=torch.tensor([1.0, torch.nan]))
    require_assignment(wrong, PRIORS, TARGETS, AtssAssigner())
