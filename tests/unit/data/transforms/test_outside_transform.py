"""Transforms of other libraries."""

from typing import Any

import numpy as np
import pytest
import torch
from torchvision.transforms import v2

from boxwright.data.transforms.outside_transform import OutsideTransform
from boxwright.errors import ConfigError
from boxwright.structures import ImageOrigin, InstanceMasks, Sample


def _sample(*, masks: bool = False) -> Sample:
    image = torch.arange(3 * 20 * 30, dtype=torch.int64).remainder(251).to(torch.uint8).reshape(3, 20, 30)
    boxes = torch.tensor([[1.0, 2.0, 9.0, 12.0], [10.0, 4.0, 28.0, 18.0]])
    full = torch.zeros(2, 20, 30, dtype=torch.bool)
    full[0, 2:12, 1:9] = full[1, 4:18, 10:28] = True
    return Sample(
        image,
        boxes,
        torch.tensor([5, 7]),
        torch.tensor([False, True]),
        ImageOrigin(image_id=1, path="a.png", size=(20, 30)),
        InstanceMasks.from_boolean(full) if masks else None,
    )


def _rng() -> np.random.Generator:
    return np.random.default_rng(3)


@pytest.mark.parametrize("masks", [False, True])
def test_a_mirror_of_torchvision_takes_boxes_and_masks_along(masks: bool) -> None:
    sample = _sample(masks=masks)
    found = OutsideTransform(v2.RandomHorizontalFlip(p=1.0))(sample, _rng())
    assert torch.equal(found.image, sample.image.flip(-1))
    assert found.boxes.tolist() == [[21.0, 2.0, 29.0, 12.0], [2.0, 4.0, 20.0, 18.0]]
    assert found.labels.tolist() == [5, 7]
    if masks:
        assert found.masks is not None
        assert torch.equal(found.masks.boxes, found.boxes)


def test_equal_states_give_equal_pictures_and_nothing_else_moves() -> None:
    change, sample, before = OutsideTransform(v2.ColorJitter(0.5, 0.5, 0.5)), _sample(), torch.get_rng_state()
    one, other = change(sample, _rng()), change(sample, _rng())
    assert torch.equal(one.image, other.image)
    assert not torch.equal(one.image, sample.image)
    assert torch.equal(torch.get_rng_state(), before)


def test_an_object_that_is_dropped_takes_its_row_along() -> None:
    crop = v2.Compose([v2.RandomAffine(degrees=0, translate=(0.0, 0.0)), v2.SanitizeBoundingBoxes(min_area=100)])
    found = OutsideTransform(crop)(_sample(), _rng())
    assert (found.labels.tolist(), found.ignore.tolist()) == ([7], [True])


@pytest.mark.parametrize("change", [v2.Resize((10, 10)), v2.ToDtype(torch.float32)])
def test_the_picture_must_stay_what_it_is(change: Any) -> None:
    with pytest.raises(ConfigError, match=r"transform: the picture must stay \(3, 20, 30\) in bytes"):
        OutsideTransform(change)(_sample(), _rng())


def test_a_callable_of_ours_gets_the_sample_and_the_numbers() -> None:
    asked = []

    def own(sample: Sample, rng: np.random.Generator) -> Sample:
        asked.append(rng)
        return sample

    sample, rng = _sample(), _rng()
    assert OutsideTransform(own)(sample, rng) is sample
    assert asked == [rng]
