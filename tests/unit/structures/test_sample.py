import pytest
import torch
from torch import Tensor

from boxwright.errors import ShapeError
from boxwright.structures import ImageOrigin, InstanceMasks, Sample

ORIGIN = ImageOrigin(7, "photos/cat.jpg", (30, 40))


def columns(boxes: int = 2, labels: int = 2, ignore: int = 2) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    image = torch.zeros(3, 30, 40, dtype=torch.uint8)
    return (
        image,
        torch.ones(boxes, 4),
        torch.zeros(labels, dtype=torch.int64),
        torch.zeros(ignore, dtype=torch.bool),
    )


def test_size_is_height_and_width() -> None:
    assert Sample(*columns(), ORIGIN).size == (30, 40)


def test_an_image_without_objects_is_a_sample() -> None:
    assert len(Sample(*columns(0, 0, 0), ORIGIN).labels) == 0


@pytest.mark.parametrize(("boxes", "labels", "ignore"), [(2, 1, 2), (2, 2, 1), (1, 2, 2)])
def test_columns_must_have_one_length(boxes: int, labels: int, ignore: int) -> None:
    """Without run-time type checks, as users have it."""
    unchecked = getattr(Sample.__init__, "__wrapped__", Sample.__init__)
    message = rf"photos/cat\.jpg: .*found {boxes}, {labels} and {ignore}\. Drop or add rows"
    with pytest.raises(ShapeError, match=message):
        unchecked(object.__new__(Sample), *columns(boxes, labels, ignore), ORIGIN)


@pytest.mark.parametrize(
    "masks",
    [
        InstanceMasks.empty((30, 40)),
        InstanceMasks.from_boolean(torch.zeros(2, 30, 41, dtype=torch.bool)),
        InstanceMasks.from_boolean(torch.zeros(2, 30, 40, dtype=torch.bool), stride=4),
    ],
)
def test_masks_belong_to_the_image_and_its_targets(masks: InstanceMasks) -> None:
    with pytest.raises(ShapeError, match=r"photos/cat\.jpg: 2 targets in an image of \(30, 40\) need as many masks"):
        Sample(*columns(), ORIGIN, masks)
    assert Sample(*columns(), ORIGIN, InstanceMasks.from_boolean(torch.zeros(2, 30, 40, dtype=torch.bool))).masks


def test_annotation_has_a_row_per_target() -> None:
    unchecked = getattr(Sample.__init__, "__wrapped__", Sample.__init__)
    with pytest.raises(ShapeError, match=r"photos/cat\.jpg: 2 targets with 3 rows of annotation\."):
        unchecked(object.__new__(Sample), *columns(), ORIGIN, None, torch.zeros(3, 2, dtype=torch.int64))
