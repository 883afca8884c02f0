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


def _read(**changes: object) -> object:
    target = {"boxes": torch.tensor([[1.0, 2, 3, 4], [5, 6, 8, 9]]), "labels": [1, 1], **changes}
    return read_target(target, "it", 0, (10, 12), 1, 1)


def test_a_mask_that_covers_no_pixel() -> None:
    masks = torch.zeros(2, 10, 12)
    masks[0, 3, 2] = 1
    with pytest.raises(DataError, match="it, object 1: the mask covers no pixel"):
        _read(masks=masks)


@pytest.mark.parametrize("iscrowd", [[0, 2], [-1, 0], [0.5, 0], [float("nan"), 0]])
def test_iscrowd_is_0_or_1(iscrowd: list[float]) -> None:
    with pytest.raises(DataError, match="it: iscrowd must be 0 or 1; found"):
        _read(iscrowd=iscrowd)


@pytest.mark.parametrize("column", ["iscrowd", "labels"])
def test_a_column_of_many_objects_is_not_listed_whole(column: str) -> None:
    count = 20_000
    boxes = torch.tensor([[1.0, 1.0, 5.0, 5.0]]).expand(count, 4)
    values = {"labels": torch.ones(count), "iscrowd": torch.zeros(count), column: torch.full((count,), 0.5)}
    with pytest.raises(DataError, match=rf"{column} must be .* and 19,960 more") as caught:
        _read(boxes=boxes, **values)
    assert len(str(caught.value)) < 1000
