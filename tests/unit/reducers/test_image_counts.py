import torch

from boxwright.reducers.image_counts import positives_per_image
from boxwright.structures import Assignment
from tests.contracts.assignments import assignment_of

IMAGE = torch.tensor([0, 2, 2])
ASSIGNMENT = assignment_of(IMAGE, IMAGE, IMAGE, torch.ones(3), torch.zeros(4, 5, dtype=torch.bool))


def test_images_without_pairs_are_counted_too() -> None:
    assert positives_per_image(ASSIGNMENT).tolist() == [1, 0, 2, 0]
    assert positives_per_image(Assignment.empty(0, 5)).tolist() == []
