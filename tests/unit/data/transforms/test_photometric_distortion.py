from typing import Any

import cv2
import numpy as np
import pytest
import torch

from boxwright.data.transforms import PhotometricDistortion
from boxwright.data.transforms import photometric_distortion as module


def coloured(make_sample: Any) -> Any:
    sample = make_sample((16, 16), [[1, 1, 5, 5]])
    sample.image[:] = torch.from_numpy(np.random.default_rng(3).integers(40, 200, (3, 16, 16), dtype=np.uint8))
    return sample


def pixels_of(sample: Any) -> np.ndarray:
    return np.ascontiguousarray(sample.image.permute(1, 2, 0).numpy())


def test_no_probability_changes_nothing_and_draws_nothing(make_sample: Any) -> None:
    sample, rng = coloured(make_sample), np.random.default_rng(0)
    assert PhotometricDistortion(0.0)(sample, rng) is sample
    assert rng.random() == np.random.default_rng(0).random()


def test_boxes_and_source_stay(make_sample: Any) -> None:
    sample = coloured(make_sample)
    before = sample.image.clone()
    changed = PhotometricDistortion(1.0)(sample, np.random.default_rng(0))
    assert torch.equal(sample.image, before)
    assert torch.equal(changed.boxes, sample.boxes)
    assert not torch.equal(changed.image, before)


def test_same_generator_same_colours(make_sample: Any) -> None:
    sample = coloured(make_sample)
    first, again, other = (PhotometricDistortion(1.0)(sample, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert torch.equal(first.image, again.image)
    assert not torch.equal(first.image, other.image)


def test_brightness_is_a_factor(make_sample: Any) -> None:
    sample = coloured(make_sample)
    ratios = []
    for seed in range(30):
        changed = PhotometricDistortion(1.0, contrast=0.0, saturation=0.0, hue=0.0)(sample, np.random.default_rng(seed))
        ratio = changed.image.float().mean() / sample.image.float().mean()
        ratios.append(float(ratio))
    assert 0.86 < min(ratios) < 0.95
    assert 1.05 < max(ratios) < 1.14


def test_contrast_is_a_factor_of_the_distance_from_the_mean_grey(make_sample: Any) -> None:
    pixels = pixels_of(coloured(make_sample))
    mean = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).mean()
    changed = module._with_contrast(pixels, -0.5)
    assert np.abs(changed - (mean + (pixels - mean) / 2)).max() <= 1
    assert module._with_contrast(pixels, 0.0) is pixels


def test_saturation_and_hue_leave_value(make_sample: Any) -> None:
    pixels = pixels_of(coloured(make_sample))
    for gains in ((0.5, 0.0), (0.0, 0.05), (-0.5, -0.05)):
        changed = module._with_saturation_and_hue(pixels, *gains)
        before, after = (cv2.cvtColor(each, cv2.COLOR_RGB2HSV).astype(int) for each in (pixels, changed))
        assert np.abs(before[..., 2] - after[..., 2]).max() <= 1
        assert not np.array_equal(pixels, changed)


def test_hue_goes_around() -> None:
    red = np.full((1, 1, 3), (255, 0, 20), np.uint8)
    hue = cv2.cvtColor(module._with_saturation_and_hue(red, 0.0, 0.05), cv2.COLOR_RGB2HSV)[0, 0, 0]
    assert hue < 10


@pytest.mark.parametrize("probability", [0.2, 1.0])
def test_channels_are_swapped_as_often_as_said(make_sample: Any, probability: float) -> None:
    sample, rng = coloured(make_sample), np.random.default_rng(0)
    only_order = PhotometricDistortion(probability, brightness=0.0, contrast=0.0, saturation=0.0, hue=0.0)
    orders = [sorted(map(float, only_order(sample, rng).image.float().mean(dim=(1, 2)))) for _ in range(300)]
    wanted = sorted(map(float, sample.image.float().mean(dim=(1, 2))))
    assert all(found == wanted for found in orders)
    changed = np.mean([not torch.equal(only_order(sample, rng).image, sample.image) for _ in range(600)])
    assert abs(changed - probability * 5 / 6) < 0.08
