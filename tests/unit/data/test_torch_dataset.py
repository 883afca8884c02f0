from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from boxwright.data import Dataset, evaluation_loader, from_torch, training_loader
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
        ((_image()[0], _target()), "3 × height × width"),
        ((_image().float(), _target()), "0 to 1"),
        ((_image().int(), _target()), "uint8"),
        ((np.zeros((40, 60, 4), np.uint8), _target()), "height × width × 3"),
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
