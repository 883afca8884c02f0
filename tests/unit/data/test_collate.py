import dataclasses
from typing import Any

import pytest
import torch

from boxwright.data import collate
from boxwright.errors import ShapeError


def test_targets_are_concatenated(make_sample: Any) -> None:
    samples = [
        make_sample((10, 20), [[0, 0, 5, 5], [1, 2, 3, 4]], labels=[1, 2], ignore=[False, True]),
        make_sample((10, 20), image_id=7),
        make_sample((10, 20), [[2, 2, 9, 9]], labels=[0], image_id=8),
    ]
    batch = collate(samples)
    assert batch.targets.boxes.tolist() == [[0, 0, 5, 5], [1, 2, 3, 4], [2, 2, 9, 9]]
    assert batch.targets.labels.tolist() == [1, 2, 0]
    assert batch.targets.image.tolist() == [0, 0, 2]
    assert batch.targets.ignore.tolist() == [False, True, False]
    assert batch.targets.batch_size == 3
    assert [origin.image_id for origin in batch.origins] == [0, 7, 8]


def test_images_are_copied_into_one_contiguous_tensor(make_sample: Any) -> None:
    samples = [make_sample((10, 20), [[n, 0, 5 + n, 5]]) for n in range(3)]
    batch = collate(samples)
    assert batch.images.is_contiguous()
    for image, sample in zip(batch.images, samples, strict=True):
        assert torch.equal(image, sample.image)


def test_no_objects_at_all(make_sample: Any) -> None:
    batch = collate([make_sample(), make_sample()])
    assert batch.targets.boxes.shape == (0, 4)
    assert len(batch) == 2


def test_sizes_must_agree(make_sample: Any) -> None:
    with pytest.raises(ShapeError, match=r"\(10, 20\), \(20, 10\)"):
        collate([make_sample((10, 20)), make_sample((20, 10))])
    with pytest.raises(ShapeError, match="no sample"):
        collate([])


def test_masks_are_not_dropped_in_silence(make_sample: Any) -> None:
    with pytest.raises(ShapeError, match="masks"):
        collate([dataclasses.replace(make_sample(), masks=torch.zeros(0, 40, 60))])
