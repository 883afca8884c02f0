"""An inspected image has a row per target in every column, and both values per system."""

from dataclasses import fields, replace

import pytest
import torch
from tests.unit.inspection.hand_made import inspected_image, points

from boxwright.errors import ShapeError
from boxwright.inspection import InspectedImage


def test_columns_have_one_length() -> None:
    """Without run-time type checks, as users have it."""
    made = inspected_image("x", points())
    columns = {field.name: getattr(made, field.name) for field in fields(made)}
    columns["labels"] = torch.zeros(2, dtype=torch.int64)
    unchecked = getattr(InspectedImage.__init__, "__wrapped__", InspectedImage.__init__)
    with pytest.raises(ShapeError, match=r"x: boxes, labels and ignore have \[3, 2, 3\] rows"):
        unchecked(object.__new__(InspectedImage), **columns)


def test_every_explanation_has_its_letterbox() -> None:
    with pytest.raises(ShapeError, match="a letterbox for 0 of 1 explanation"):
        replace(inspected_image("x", points()), letterboxes=())
