from typing import Any

import cv2
import numpy as np
import torch

from boxwright.data.transforms import HsvJitter


def _hsv(sample: Any) -> np.ndarray:
    return cv2.cvtColor(sample.image.permute(1, 2, 0).numpy(), cv2.COLOR_RGB2HSV).astype(int)


def _coloured(make_sample: Any) -> Any:
    sample = make_sample((16, 16), [[1, 1, 5, 5]])
    sample.image[:] = torch.from_numpy(np.random.default_rng(3).integers(40, 200, (3, 16, 16), dtype=np.uint8))
    return sample


def test_no_gain_changes_nothing(make_sample: Any) -> None:
    sample = _coloured(make_sample)
    assert HsvJitter(0.0, 0.0, 0.0)(sample, np.random.default_rng(0)) is sample


def test_value_scales_all_channels_alike(make_sample: Any) -> None:
    sample, rng = _coloured(make_sample), np.random.default_rng(0)
    factor = 1 + np.random.default_rng(0).uniform(-1, 1, 3)[2] * 0.4
    changed = HsvJitter(0.0, 0.0, 0.4)(sample, rng)
    expected = (sample.image.float() * factor).clamp(max=255)
    assert (changed.image.float() - expected).abs().max() <= 3
    assert factor < 0.95, "the draw must change something"


def test_saturation_leaves_value(make_sample: Any) -> None:
    sample = _coloured(make_sample)
    changed = HsvJitter(0.0, 0.7, 0.0)(sample, np.random.default_rng(0))
    before, after = _hsv(sample), _hsv(changed)
    assert np.abs(before[..., 2] - after[..., 2]).max() <= 1
    assert np.abs(before[..., 1] - after[..., 1]).mean() > 5


def test_hue_goes_around(make_sample: Any) -> None:
    """A hue just below the end that grows comes out as a small one instead of stopping at the end."""
    sample = make_sample((2, 2))
    sample.image[:] = torch.tensor([255, 0, 20], dtype=torch.uint8)[:, None, None]
    assert _hsv(sample)[0, 0, 0] > 170
    seeds = [seed for seed in range(20) if np.random.default_rng(seed).uniform(-1, 1) > 0.5]
    changed = HsvJitter(0.5, 0.0, 0.0)(sample, np.random.default_rng(seeds[0]))
    assert 20 < _hsv(changed)[0, 0, 0] < 90


def test_boxes_and_source_stay(make_sample: Any) -> None:
    sample = _coloured(make_sample)
    before = sample.image.clone()
    changed = HsvJitter()(sample, np.random.default_rng(0))
    assert torch.equal(sample.image, before)
    assert torch.equal(changed.boxes, sample.boxes)
    assert not torch.equal(changed.image, before)
