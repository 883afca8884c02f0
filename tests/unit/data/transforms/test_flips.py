from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from boxwright.data.transforms import FitToCanvas, HorizontalFlip, VerticalFlip
from boxwright.structures import InstanceMasks


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


@pytest.mark.parametrize("kind", [HorizontalFlip, VerticalFlip])
def test_masks_are_mirrored_with_their_boxes(make_sample: Any, kind: Any) -> None:
    sample = make_sample((20, 30), [[2, 3, 10, 9]])
    full = torch.zeros((1, 20, 30), dtype=torch.bool)
    full[0, 3:9, 2:10] = True
    sample = replace(sample, masks=InstanceMasks.from_boolean(full))
    flipped = kind(1.0)(sample, np.random.default_rng(0))
    assert flipped.masks.boxes.tolist() == flipped.boxes.tolist()
    assert torch.equal(flipped.masks.to_boolean()[0], flipped.image[0] > 0)
