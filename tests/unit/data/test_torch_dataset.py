from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision import tv_tensors

from boxwright.data import Dataset, RamCache, evaluation_loader, from_torch, training_loader
from boxwright.errors import DataError

BOXES = torch.tensor([[1.0, 2.0, 11.0, 12.0], [5.0, 5.0, 30.0, 20.0]])


class Items:
    """A list that stands for a torchvision data set."""

    def __init__(self, *items: Any) -> None:
        self.items = items

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, position: int) -> Any:
        return self.items[position]


def _target(**changes: Any) -> dict[str, Any]:
    return {"boxes": BOXES, "labels": torch.tensor([1, 2]), **changes}


def _boxes(rows: Any, form: str, size: tuple[int, int] = (40, 60)) -> tv_tensors.BoundingBoxes:
    return tv_tensors.BoundingBoxes(rows, format=form, canvas_size=size)


def _image() -> torch.Tensor:
    return torch.randint(0, 256, (3, 40, 60), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


def test_targets() -> None:
    data = from_torch(Items((_image(), _target(iscrowd=torch.tensor([0, 1])))), ["cat", "dog"])
    assert isinstance(data, Dataset)
    assert (data.categories, data.category_ids, len(data)) == (("cat", "dog"), (1, 2), 1)
    sample, truth = data[0], data.truth(0)
    assert torch.equal(sample.image, _image())
    for value in (sample, truth):
        assert torch.equal(value.boxes, BOXES)
        assert value.labels.tolist() == [0, 1]
        assert value.ignore.tolist() == [False, True]
    assert truth.area.tolist() == [100, 375]
    assert (truth.origin.image_id, truth.origin.size, truth.origin.path) == (0, (40, 60), None)
    assert truth.masks is None


@pytest.mark.parametrize(
    "image",
    [
        _image().float() / 255,
        _image().permute(1, 2, 0).numpy(),
        Image.fromarray(_image().permute(1, 2, 0).numpy()),
    ],
)
def test_forms_of_images(image: Any) -> None:
    assert torch.equal(from_torch(Items((image, _target())), ["cat", "dog"])[0].image, _image())


def test_a_photograph_is_turned_but_where_the_boxes_were_drawn_on_the_stored_pixels(tmp_path: Path) -> None:
    stored = _image().permute(1, 2, 0).numpy()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(stored).save(tmp_path / "a.png", exif=exif)
    photograph = Image.open(tmp_path / "a.png")
    shown = np.rot90(stored, -1)
    for target, expected in (
        (_target(), shown),
        (_target(boxes=_boxes(BOXES, "XYXY", (60, 40))), shown),
        (_target(boxes=_boxes(BOXES, "XYXY", (40, 60))), stored),
        (_target(masks=torch.ones(2, 40, 60)), stored),
    ):
        sample = from_torch(Items((photograph, target)), ["cat", "dog"])[0]
        assert np.array_equal(sample.image.permute(1, 2, 0).numpy(), expected)


@pytest.mark.parametrize(
    ("form", "row"), [("XYXY", [10, 10, 40, 30]), ("XYWH", [10, 10, 30, 20]), ("CXCYWH", [25, 20, 30, 20])]
)
def test_boxes_that_say_their_form_are_converted(form: str, row: list[float]) -> None:
    target = {"boxes": _boxes([row], form), "labels": torch.tensor([1])}
    assert from_torch(Items((_image(), target)), ["cat"])[0].boxes.tolist() == [[10, 10, 40, 30]]


def test_lists_arrays_and_tensors_are_the_same() -> None:
    for labels in ([1, 2], (1, 2), np.array([1, 2]), torch.tensor([1.0, 2.0]), [torch.tensor(1), torch.tensor(2)]):
        for boxes in (BOXES, BOXES.tolist(), BOXES.numpy(), list(BOXES)):
            sample = from_torch(Items((_image(), {"boxes": boxes, "labels": labels})), ["cat", "dog"])[0]
            assert torch.equal(sample.boxes, BOXES)
            assert sample.labels.tolist() == [0, 1]


@pytest.mark.parametrize("nothing", [[], torch.zeros(0), torch.zeros(0, 4), np.zeros((0, 4))])
def test_no_objects_in_any_form(nothing: Any) -> None:
    target = {"boxes": nothing, "labels": [], "masks": torch.zeros(0, 40, 60), "iscrowd": [], "area": []}
    assert len(from_torch(Items((_image(), target)), ["cat"])[0].boxes) == 0


def test_a_loop_over_it_ends() -> None:
    data = from_torch(Items(*[(_image(), _target())] * 3), ["cat", "dog"])
    assert [sample.origin.image_id for sample in data] == [0, 1, 2]  # type: ignore[attr-defined]
    assert data[-1].origin.image_id == data.truth(-1).origin.image_id == 2
    for position in (3, -4):
        with pytest.raises(IndexError, match="3 images"):
            data[position]
        with pytest.raises(IndexError, match="3 images"):
            data.truth(position)


def test_the_objects_are_read_once() -> None:
    reads: list[int] = []

    class Counted(Items):
        def __getitem__(self, position: int) -> Any:
            reads.append(position)
            return super().__getitem__(position)

    data = from_torch(Counted(*[(_image(), _target())] * 3), ["cat", "dog"])
    cached = RamCache(data)
    reads.clear()
    assert [len(cached.truth(place).boxes) + len(cached[place].boxes) for place in range(3)] == [4, 4, 4]
    assert [len(data.truth(place).boxes) for place in range(3)] == [2, 2, 2]
    assert reads == []


def test_masks() -> None:
    masks = torch.zeros(2, 40, 60, dtype=torch.uint8)
    masks[0, 2:12, 1:11], masks[1, 5:20, 5:30] = 1, 1
    truth = from_torch(Items((_image(), _target(masks=masks))), ["cat", "dog"]).truth(0)
    assert truth.masks is not None
    assert torch.equal(truth.masks.to_boolean(), masks.bool())


def test_labels_from_0() -> None:
    data = from_torch(Items((_image(), _target(labels=torch.tensor([0, 1])))), ["cat", "dog"], first_label=0)
    assert data[0].labels.tolist() == [0, 1]


def test_image_without_objects() -> None:
    target = {"boxes": torch.zeros(0, 4), "labels": torch.zeros(0, dtype=torch.int64)}
    assert len(from_torch(Items((_image(), target)), ["cat"]).truth(0)) == 0


@pytest.mark.parametrize(
    ("item", "what"),
    [
        (_image(), "an image and a dictionary"),
        ((_image(), {"boxes": BOXES}), "no labels"),
        ((_image(), _target(labels=torch.tensor([0, 1]))), "labels must be 1 to 2"),
        ((_image(), _target(labels=torch.tensor([1, 3]))), "labels must be 1 to 2"),
        ((_image(), _target(labels=torch.tensor([1]))), "2 boxes but labels"),
        ((_image(), _target(boxes=BOXES[:, [2, 1, 0, 3]])), "object 0.*over 0"),
        ((_image(), _target(boxes=BOXES + 100)), "object 0.*outside"),
        ((_image(), _target(boxes=BOXES * float("nan"))), "finite"),
        ((_image(), _target(masks=torch.zeros(2, 4, 4))), "masks must be"),
        ((_image()[None], _target()), "channels × height × width"),
        ((_image().float(), _target()), "0 to 1"),
        ((_image().int(), _target()), "uint8"),
        ((np.zeros((40, 60, 5), np.uint8), _target()), "height × width × channels"),
        ((_image(), _target(labels=[0, 1])), "labels must be 1 to 2; found \\[0, 1\\]"),
        ((_image(), _target(labels=[1.5, 2])), "labels must be whole numbers"),
        ((_image(), _target(labels=["cat", "dog"])), "labels are no plain numbers"),
        ((_image(), _target(boxes=torch.zeros(4, 5))), "boxes must be targets × 4; found \\(4, 5\\)"),
        ((_image(), _target(boxes=[[1, 2, 3], [1, 2, 3, 4]])), "boxes are no plain numbers"),
        ((_image(), _target(boxes=_boxes([[25.0, 20, 30, 20, 5]], "CXCYWHR"))), "CXCYWHR are rotated"),
        ((_image(), _target(boxes=_boxes(BOXES, "XYXY", (60, 40)))), r"height and width \(60, 40\)"),
        ((_image(), _target(masks=[torch.zeros(40, 60), torch.zeros(2, 2)])), "masks are no plain numbers"),
    ],
)
def test_item_that_does_not_fit(item: Any, what: str) -> None:
    data = from_torch(Items((_image(), _target()), item), ["cat", "dog"])
    with pytest.raises(DataError, match=rf"(?s)Image 1.*{what}"):
        data[1]
    assert len(data[0].boxes) == 2


def test_loaders_take_it() -> None:
    data = from_torch(Items(*[(_image(), _target())] * 4), ["cat", "dog"])
    for loader in (training_loader(data, (64, 64), 2), evaluation_loader(data, (64, 64), 2)):
        batches = list(loader)
        assert [len(batch.origins) for batch in batches] == [2, 2]


def test_changing_objects_changes_no_others() -> None:
    data = from_torch(Items((_image(), _target())), ["cat", "dog"])
    data[0].boxes.zero_()
    data.truth(0).boxes.zero_()
    assert torch.equal(data[0].boxes, BOXES)
    assert torch.equal(data.truth(0).boxes, BOXES)
    assert torch.equal(RamCache(data)[0].boxes, BOXES)


@pytest.mark.parametrize("names", ["cell", [], [""], ["cat", " "]])
def test_class_names_that_are_no_list_of_names(names: Any) -> None:
    with pytest.raises(DataError, match="categories must be a list of class names"):
        from_torch(Items(), names)


def test_class_names_that_come_twice() -> None:
    with pytest.raises(DataError, match="class names cat come more than once"):
        from_torch(Items(), ["cat", "dog", "cat"])
