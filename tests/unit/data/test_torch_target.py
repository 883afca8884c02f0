import pytest
import torch
from torchvision import tv_tensors

from boxwright.data.torch_target import read_target, stated_size
from boxwright.errors import DataError


def test_the_image_size_that_a_target_states() -> None:
    boxes = tv_tensors.BoundingBoxes([[1.0, 2, 3, 4]], format="XYXY", canvas_size=(5, 6))
    assert stated_size({"boxes": boxes, "masks": torch.zeros(1, 7, 8)}) == (5, 6)
    assert stated_size({"boxes": torch.zeros(1, 4), "masks": torch.zeros(1, 7, 8)}) == (7, 8)
    assert stated_size({"boxes": torch.zeros(1, 4)}) is None


def test_labels_count_from_the_first() -> None:
    target = {"boxes": torch.tensor([[1.0, 2, 3, 4]]), "labels": [5]}
    truth = read_target(target, "it", 3, (10, 12), 2, 4)
    assert (truth.labels.tolist(), truth.origin.image_id, truth.origin.size) == ([1], 3, (10, 12))
    with pytest.raises(DataError, match="it: labels must be 3 to 4; found"):
        read_target(target, "it", 3, (10, 12), 2, 3)
