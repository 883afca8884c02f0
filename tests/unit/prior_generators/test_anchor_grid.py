from typing import Any

import pytest
import torch

from boxwright.errors import ConfigError
from boxwright.prior_generators import AnchorGrid
from tests.contracts.prior_generator_laws import PriorGeneratorLaws

THREE = (
    ((10.0, 13.0), (16.0, 30.0), (33.0, 23.0)),
    ((30.0, 61.0), (62.0, 45.0), (59.0, 119.0)),
    ((116.0, 90.0), (156.0, 198.0), (373.0, 326.0)),
)


class TestAnchorGrid(PriorGeneratorLaws):
    def make(self) -> AnchorGrid:
        return AnchorGrid(THREE)


class TestCornersAndOtherCounts(PriorGeneratorLaws):
    def make(self) -> AnchorGrid:
        return AnchorGrid((((4.0, 5.0),), ((8.0, 9.0), (20.0, 3.0))), (5, 12), centre=0.0)


def test_worked_by_hand() -> None:
    priors = AnchorGrid((((4.0, 6.0), (10.0, 2.0)),), (8,))((8, 16))
    assert priors.boxes.tolist() == [[4, 4, 4, 6], [4, 4, 10, 2], [12, 4, 4, 6], [12, 4, 10, 2]]
    assert priors.rows(torch.tensor([3])).tolist() == [[12, 4, 10, 2, 8]]
    assert AnchorGrid((((4.0, 6.0),),), (8,), centre=0.0)((8, 16)).boxes[:, :2].tolist() == [[0, 0], [8, 0]]


def test_published_number_of_anchors() -> None:
    assert len(AnchorGrid(THREE)((640, 640))) == 25200


@pytest.mark.parametrize(
    ("anchors", "options", "message"),
    [
        (THREE[:2], {}, "Anchors are given for 2 levels, strides for 3"),
        ((*THREE[:2], ()), {}, "The anchors of level 2 are"),
        ((((3.0, 0.0),), *THREE[1:]), {}, "The anchors of level 0 are"),
        (THREE, {"centre": 2.0}, "centre is a share of the cell, 0 to 1; found 2.0"),
    ],
)
def test_impossible_anchors_are_errors(anchors: Any, options: dict[str, float], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        AnchorGrid(anchors, **options)
