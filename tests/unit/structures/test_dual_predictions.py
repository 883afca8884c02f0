import pytest
import torch

from boxwright.errors import ShapeError
from boxwright.structures import Predictions
from boxwright.structures.dual_predictions import many_of, with_many


def predictions(side: int, value: float) -> Predictions:
    return Predictions((torch.full((2, 1, 3, side, side), value),), (torch.full((2, 1, 4, side, side), value),))


def test_what_is_added_comes_back() -> None:
    one, many = predictions(4, 1.0), predictions(4, 2.0)
    both = with_many(one, many)
    assert both.class_logits is one.class_logits
    found = many_of(both)
    assert found is not None
    assert found.class_logits is many.class_logits
    assert found.box_codes is many.box_codes
    assert many_of(one) is None


def test_both_are_of_the_same_points() -> None:
    with pytest.raises(ShapeError):
        with_many(predictions(4, 1.0), predictions(3, 1.0))
