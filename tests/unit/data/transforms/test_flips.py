from typing import Any

import numpy as np
import pytest
import torch

from boxwright.data.transforms import FitToCanvas, HorizontalFlip, VerticalFlip


def test_horizontal(make_sample: Any) -> None:
    sample = make_sample((10, 20), [[2, 3, 6, 9]])
    flipped = HorizontalFlip(1.0)(sample, np.random.default_rng(0))
    assert flipped.boxes.tolist() == [[14, 3, 18, 9]]
    assert torch.equal(flipped.image, sample.image.flip(2))


def test_vertical(make_sample: Any) -> None:
    sample = make_sample((10, 20), [[2, 3, 6, 9]])
    flipped = VerticalFlip(1.0)(sample, np.random.default_rng(0))
    assert flipped.boxes.tolist() == [[2, 1, 6, 7]]
    assert torch.equal(flipped.image, sample.image.flip(1))


@pytest.mark.parametrize("kind", [HorizontalFlip, VerticalFlip])
def test_probability(make_sample: Any, kind: Any) -> None:
    sample, rng = make_sample((10, 20), [[2, 3, 6, 9]]), np.random.default_rng(0)
    assert kind(0.0)(sample, rng) is sample
    share = np.mean([kind(0.3)(sample, rng) is not sample for _ in range(500)])
    assert 0.2 < share < 0.4


def test_a_flipped_letterbox_has_no_way_back(make_sample: Any) -> None:
    fitted = FitToCanvas((32, 32))(make_sample())
    assert HorizontalFlip(1.0)(fitted, np.random.default_rng(0)).origin.letterbox is None


def test_source_stays_unchanged(make_sample: Any) -> None:
    sample = make_sample((10, 20), [[2, 3, 6, 9]])
    HorizontalFlip(1.0)(sample, np.random.default_rng(0)).boxes.fill_(0)
    assert sample.boxes.tolist() == [[2, 3, 6, 9]]
