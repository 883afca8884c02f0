import dataclasses

import pytest
import torch
from torch import Tensor

from boxwright.errors import ShapeError
from boxwright.structures import InstanceMasks, Targets

BOX = [1.0, 2.0, 5.0, 6.0]
NAN, INF = float("nan"), float("inf")


def build(boxes: list[list[float]], labels: list[int], image: list[int], batch_size: int = 2) -> Targets:
    return Targets(
        torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4),
        torch.tensor(labels, dtype=torch.int64),
        torch.tensor(image, dtype=torch.int64),
        torch.zeros(len(labels), dtype=torch.bool),
        batch_size,
    )


def test_lists_are_concatenated_without_padding() -> None:
    targets = Targets.from_lists(
        [torch.tensor([BOX]), torch.zeros(0, 4), torch.tensor([BOX, BOX])],
        [torch.tensor([3]), torch.zeros(0, dtype=torch.int64), torch.tensor([1, 0])],
    )
    assert len(targets) == 3
    assert targets.batch_size == 3
    assert targets.image.tolist() == [0, 2, 2]
    assert targets.labels.tolist() == [3, 1, 0]
    assert targets.boxes.tolist() == [BOX] * 3
    assert not targets.ignore.any()


def test_lists_take_other_number_types_and_flags() -> None:
    targets = Targets.from_lists(
        [torch.tensor([[1, 2, 5, 6]])], [torch.tensor([7], dtype=torch.int32)], [torch.tensor([1], dtype=torch.uint8)]
    )
    assert targets.boxes.dtype == torch.float32
    assert targets.labels.dtype == torch.int64
    assert targets.ignore.tolist() == [True]


def test_empty_batches_and_images_are_values() -> None:
    assert len(Targets.from_lists([torch.zeros(0, 4)] * 3, [torch.zeros(0)] * 3)) == 0
    assert Targets.from_lists([torch.zeros(0)], [torch.zeros(0)]).boxes.shape == (0, 4)
    assert Targets.from_lists([], []).batch_size == 0


@pytest.mark.parametrize("box", [[3.0, 3.0, 3.0, 3.0], [-5.0, -5.0, 2.0, 2.0], [900.0, 0.0, 901.0, 1e6]])
def test_boxes_without_extent_or_beyond_the_canvas_are_values(box: list[float]) -> None:
    assert len(build([box], [0], [0])) == 1


@pytest.mark.parametrize(
    ("boxes", "labels", "image", "message"),
    [
        ([BOX, [1, 2, NAN, 6]], [0, 0], [0, 0], "row 1 has a box that is not finite"),
        ([BOX, [1, 2, INF, 6]], [0, 0], [0, 0], "row 1 has a box that is not finite"),
        ([[5, 2, 1, 6], BOX], [0, 0], [0, 0], "row 0 has a box with x2 < x1 or y2 < y1"),
        ([[1, 6, 5, 2]], [0], [0], "row 0 has a box with x2 < x1 or y2 < y1"),
        ([BOX, BOX], [0, -1], [0, 0], "row 1 has a negative label"),
        ([BOX, BOX], [0, 0], [0, 2], "row 1 has an image index outside 0…1"),
        ([BOX], [0], [-1], "row 0 has an image index outside 0…1"),
        ([BOX, BOX, BOX], [0, 0, 0], [0, 1, 0], "row 2 has an image index smaller than the row before"),
    ],
)
def test_a_bad_row_is_named_with_the_cure(
    boxes: list[list[float]], labels: list[int], image: list[int], message: str
) -> None:
    with pytest.raises(ShapeError, match=f"Targets {message}.*Mend or drop it"):
        build(boxes, labels, image)


def test_columns_must_have_one_length() -> None:
    with pytest.raises(ShapeError, match=r"\[1, 2, 1, 1\]\. Give every target one row in each"):
        _columns(torch.ones(1, 4), torch.zeros(2, dtype=torch.int64))


def test_lists_must_have_one_entry_per_image() -> None:
    with pytest.raises(ShapeError, match=r"'boxes': \[0, 0\], 'labels': \[0\]"):
        Targets.from_lists([torch.zeros(0, 4)] * 2, [torch.zeros(0)])


def test_moving_keeps_everything() -> None:
    targets = build([BOX], [1], [1])
    moved = targets.to("cpu")
    assert moved.batch_size == 2
    for name in ("boxes", "labels", "image", "ignore"):
        assert torch.equal(getattr(moved, name), getattr(targets, name))
    assert targets.to("meta").boxes.device.type == "meta"


def test_values_are_not_looked_at_on_another_device() -> None:
    """A look would wait for the device."""
    assert build([BOX], [0], [0]).to("meta").labels.device.type == "meta"


def test_targets_never_change() -> None:
    with pytest.raises(AttributeError):
        build([BOX], [0], [0]).batch_size = 5  # type: ignore[misc]


def _columns(boxes: Tensor, labels: Tensor) -> Targets:
    """Builds with the constructor alone, as a user without run-time type checks does."""
    unchecked = getattr(Targets.__init__, "__wrapped__", Targets.__init__)
    targets = object.__new__(Targets)
    unchecked(targets, boxes, labels, torch.zeros(1, dtype=torch.int64), torch.zeros(1, dtype=torch.bool), 1)
    return targets


def test_every_target_has_its_mask() -> None:
    targets = build([BOX, BOX], [0, 0], [0, 1])
    masks = InstanceMasks.from_boolean(torch.ones(2, 3, 3, dtype=torch.bool), stride=4)
    assert dataclasses.replace(targets, masks=masks).to("meta").masks is not None
    with pytest.raises(ShapeError, match="2 boxes and 1 mask"):
        dataclasses.replace(targets, masks=masks.rows(torch.tensor([0])))


def test_image_sizes_move_along_and_have_one_row_per_image() -> None:
    sizes = torch.tensor([[60, 90], [96, 128]])
    targets = dataclasses.replace(Targets.from_lists([torch.zeros(0, 4)] * 2, [torch.zeros(0)] * 2), image_sizes=sizes)
    assert torch.equal(targets.to("cpu").image_sizes, sizes)  # type: ignore[arg-type]
    assert Targets.from_lists([torch.zeros(0, 4)], [torch.zeros(0)]).to("cpu").image_sizes is None
    with pytest.raises(ShapeError, match="image_sizes has 1 row for 2 images"):
        dataclasses.replace(targets, image_sizes=sizes[:1])


def test_annotation_moves_along_and_has_one_row_per_target() -> None:
    place = torch.tensor([[4, 0], [4, 1]])
    boxes = torch.tensor([[0.0, 0.0, 2.0, 2.0]] * 2)
    targets = dataclasses.replace(Targets.from_lists([boxes], [torch.zeros(2)]), annotation=place)
    assert torch.equal(targets.to("cpu").annotation, place)  # type: ignore[arg-type]
    unchecked = getattr(Targets.__init__, "__wrapped__", Targets.__init__)
    columns = (boxes, targets.labels, targets.image, targets.ignore, 1, None, None, place[:1])
    with pytest.raises(ShapeError, match="2 boxes and 1 row of annotation"):
        unchecked(object.__new__(Targets), *columns)


def test_lists_of_no_image_may_have_flags() -> None:
    for ignore in (None, []):
        assert Targets.from_lists([], [], ignore).batch_size == 0


def test_large_labels_keep_their_digits() -> None:
    """They do not pass through float32, which has 24 bits."""
    for label in (16777217, 2**40 + 1):
        assert Targets.from_lists([torch.tensor([BOX])], [torch.tensor([label])]).labels.tolist() == [label]


def test_labels_may_be_whole_floats_but_not_fractions() -> None:
    assert Targets.from_lists([torch.tensor([BOX])], [torch.tensor([2.0])]).labels.tolist() == [2]
    with pytest.raises(ShapeError, match=r"Labels are class indices; found \[0\.5\]"):
        Targets.from_lists([torch.tensor([BOX])], [torch.tensor([0.5])])


@pytest.mark.parametrize("flags", [[torch.zeros(1).bool()], [torch.zeros(2).bool(), torch.zeros(0).bool()]])
def test_flags_must_have_one_entry_per_image_and_target(flags: list[torch.Tensor]) -> None:
    boxes, labels = [torch.tensor([BOX]), torch.zeros(0, 4)], [torch.zeros(1), torch.zeros(0)]
    with pytest.raises(ShapeError, match="'ignore': "):
        Targets.from_lists(boxes, labels, flags)
