import dataclasses
from typing import Any

import numpy as np
import pytest
import torch

from boxwright.data import AugmentationSettings, open_dataset
from boxwright.data.loading.training_picture import TrainingPicture
from boxwright.structures import InstanceMasks

QUIET = AugmentationSettings(hsv=(0.0, 0.0, 0.0), flip_horizontal=0.0)


class Counted:
    """Counts which images are read."""

    def __init__(self, dataset: Any) -> None:
        self.dataset, self.read = dataset, []

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, position: int) -> Any:
        self.read.append(position)
        return self.dataset[position]


@pytest.fixture
def counted(many_images: Any) -> Any:
    return Counted(open_dataset(many_images, "train"))


def _picture(counted: Any, **changes: Any) -> TrainingPicture:
    fields = {
        "dataset": counted,
        "canvas_size": (32, 48),
        "settings": dataclasses.replace(QUIET, **changes),
        "fit": "centre",
        "last": None,
        "partners": None,
    }
    picture = object.__new__(TrainingPicture)
    for name, value in fields.items():
        object.__setattr__(picture, name, value)
    return picture


@pytest.mark.parametrize(
    ("settings", "mosaic", "reads"),
    [
        ({}, True, 4),
        ({}, False, 1),
        ({"mosaic": 0.0}, True, 1),
        ({"mixup": 1.0}, True, 8),
        ({"mixup": 1.0}, False, 1),
        ({"mixup": 1.0, "mosaic": 0.0}, True, 1),
    ],
)
def test_number_of_images_in_a_picture(counted: Any, settings: Any, mosaic: bool, reads: int) -> None:
    sample = _picture(counted, **settings)(3, np.random.default_rng(0), mosaic=mosaic)
    assert len(counted.read) == reads
    assert counted.read[0] == 3
    assert sample.origin.image_id == 103
    assert sample.size == (32, 48)


def test_same_generator_same_picture(counted: Any) -> None:
    picture = _picture(counted, mixup=0.5, hsv=(0.1, 0.5, 0.5), flip_horizontal=0.5, degrees=10.0)
    first, again, other = (picture(2, np.random.default_rng(seed), mosaic=True) for seed in (4, 4, 5))
    assert torch.equal(first.image, again.image)
    assert torch.equal(first.boxes, again.boxes)
    assert not torch.equal(first.image, other.image)


@pytest.mark.parametrize("flip", ["flip_horizontal", "flip_vertical"])
def test_flips_are_applied(counted: Any, flip: str) -> None:
    plain = _picture(counted)(2, np.random.default_rng(0), mosaic=False)
    flipped = _picture(counted, **{flip: 1.0})(2, np.random.default_rng(0), mosaic=False)
    assert torch.equal(plain.image.flip(2 if flip == "flip_horizontal" else 1), flipped.image)


def test_colours_are_changed(counted: Any) -> None:
    plain = _picture(counted)(2, np.random.default_rng(0), mosaic=False)
    changed = _picture(counted, hsv=(0.1, 0.5, 0.5))(2, np.random.default_rng(0), mosaic=False)
    assert not torch.equal(plain.image, changed.image)


def test_photometric_changes_are_applied(counted: Any) -> None:
    plain = _picture(counted)(2, np.random.default_rng(0), mosaic=False)
    changed = _picture(counted, photometric=1.0)(2, np.random.default_rng(0), mosaic=False)
    assert torch.equal(plain.boxes, changed.boxes)
    assert not torch.equal(plain.image, changed.image)


@pytest.mark.parametrize("change", ["zoom_out", "iou_crop"])
def test_zoom_out_and_crop_are_for_single_images(counted: Any, change: str) -> None:
    still = {"translate": 0.0, "scale": 0.0}
    pictures = [
        [_picture(counted, **still, **extra)(2, np.random.default_rng(seed), mosaic=mosaic) for seed in range(8)]
        for extra in ({}, {change: 1.0})
        for mosaic in (False, True)
    ]
    single, mosaic, changed, mosaic_again = pictures
    assert any(not torch.equal(one.image, other.image) for one, other in zip(single, changed, strict=True))
    assert all(torch.equal(one.image, other.image) for one, other in zip(mosaic, mosaic_again, strict=True))
    assert {sample.size for sample in changed} == {(32, 48)}


@pytest.mark.parametrize(
    ("settings", "least", "most"),
    [
        ({"zoom_out": 1.0}, 1 / 4, 1),
        ({"zoom_out": 1.0, "zoom_out_largest": 1.2}, 1 / 1.2, 1),
        ({"iou_crop": 1.0}, 0, 1 / 0.3),  # 0: cut off
        ({"iou_crop": 1.0, "iou_crop_smallest": 0.8}, 0, 1 / 0.8),
    ],
)
def test_frames_and_parts_change_sizes_within_their_limits(
    counted: Any, settings: dict[str, float], least: float, most: float
) -> None:
    """By the height of objects, beside that in the picture without; whole pixels of windows make up to a tenth."""
    still = {"translate": 0.0, "scale": 0.0}
    plain, picture = _picture(counted, **still), _picture(counted, **still, **settings)
    usual = plain(2, np.random.default_rng(0), mosaic=False).boxes
    heights = []
    for seed in range(60):
        boxes = picture(2, np.random.default_rng(seed), mosaic=False).boxes
        if len(boxes) == len(usual):  # all are there
            heights.append((boxes[:, 3] - boxes[:, 1]) / (usual[:, 3] - usual[:, 1]))
    factors = torch.cat(heights)
    assert 0.9 * least <= factors.min()
    assert factors.max() <= 1.1 * most
    assert factors.max() > 1.1 * factors.min()  # there is a change


def test_a_window_fills_the_canvas_as_the_system_fits_images(counted: Any) -> None:
    picture = _picture(counted, iou_crop=1.0, translate=0.0, scale=0.0)
    object.__setattr__(picture, "fit", "stretch")
    for seed in range(8):
        sample = picture(2, np.random.default_rng(seed), mosaic=False)
        assert not (sample.image == 114).all(dim=0).any()


def _with_masks(dataset: Any) -> Any:
    class Masked(Counted):
        def __getitem__(self, position: int) -> Any:
            sample = super().__getitem__(position)
            full = torch.zeros((len(sample.labels), *sample.size), dtype=torch.bool)
            for mask, (left, top, right, bottom) in zip(full, sample.boxes.int().tolist(), strict=True):
                mask[top:bottom, left:right] = True
            return dataclasses.replace(sample, masks=InstanceMasks.from_boolean(full))

    return Masked(dataset)


@pytest.mark.parametrize(
    ("settings", "mosaic", "reads"),
    [
        ({"copy_paste": 1.0}, True, 5),
        ({"copy_paste": 1.0, "mosaic": 0.0}, True, 2),
        ({"copy_paste": 1.0, "mixup": 1.0}, True, 9),
        ({"copy_paste": 1.0}, False, 1),
        ({}, True, 4),
    ],
)
def test_objects_of_another_image_are_pasted(counted: Any, settings: Any, mosaic: bool, reads: int) -> None:
    masked = _with_masks(counted.dataset)
    sample = _picture(masked, **settings)(3, np.random.default_rng(0), mosaic=mosaic)
    assert len(masked.read) == reads
    assert sample.masks is not None
    assert len(sample.masks) == len(sample.boxes) == len(sample.annotation)


def test_without_masks_nothing_is_pasted(counted: Any) -> None:
    pasting, plain = (
        _picture(counted, copy_paste=share)(3, np.random.default_rng(0), mosaic=True) for share in (1.0, 0.0)
    )
    assert torch.equal(pasting.image, plain.image)
