"""An inspected image has a row per target in every column, and both values per system."""

from dataclasses import replace

import pytest
import torch
from tests.unit.inspection.hand_made import inspected_image, points

from boxwright.errors import ShapeError


def test_columns_have_one_length() -> None:
    with pytest.raises(ShapeError, match=r"x: boxes, labels and ignore have \[3, 2, 3\] rows"):
        replace(inspected_image("x", points()), labels=torch.zeros(2, dtype=torch.int64))


def test_every_explanation_has_its_letterbox() -> None:
    with pytest.raises(ShapeError, match="0 letterboxes for 1 explanations"):
        replace(inspected_image("x", points()), letterboxes=())
