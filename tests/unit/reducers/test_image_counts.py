from dataclasses import replace

import pytest
import torch

from boxwright.errors import ShapeError
from boxwright.reducers.image_counts import positives_per_image
from boxwright.structures import Assignment

IMAGE = torch.tensor([0, 2, 2])
ASSIGNMENT = Assignment(IMAGE, IMAGE, IMAGE, torch.ones(3), torch.zeros(4, 5, dtype=torch.bool))


def test_images_without_pairs_are_counted_too() -> None:
    assert positives_per_image(torch.ones(3), ASSIGNMENT).tolist() == [1, 0, 2, 0]
    assert positives_per_image(torch.ones(4, 5), replace(ASSIGNMENT, ignored=None)).tolist() == [1, 0, 2, 0]


def test_without_mask_the_number_of_images_is_unknown() -> None:
    with pytest.raises(ShapeError, match="does not say how many images the batch has"):
        positives_per_image(torch.ones(3), replace(ASSIGNMENT, ignored=None))
