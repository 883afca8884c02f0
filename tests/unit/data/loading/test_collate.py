import dataclasses
from typing import Any

import pytest
import torch

from boxwright.data import collate
from boxwright.errors import ShapeError
from boxwright.structures import InstanceMasks, Sample


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


def _with_mask(sample: Sample, x1: int, y1: int, x2: int, y2: int) -> Sample:
    full = torch.zeros((1, *sample.size), dtype=torch.bool)
    full[0, y1:y2, x1:x2] = True
    return dataclasses.replace(sample, masks=InstanceMasks.from_boolean(full))


def test_masks_are_reduced_and_follow_the_boxes(make_sample: Any) -> None:
    samples = [
        _with_mask(make_sample((10, 20), [[4, 0, 12, 8]]), 4, 0, 12, 8),
        dataclasses.replace(make_sample((10, 20)), masks=InstanceMasks.empty((10, 20))),
        _with_mask(make_sample((10, 20), [[16, 8, 20, 10]]), 16, 8, 20, 10),
    ]
    masks = collate(samples, mask_stride=4).targets.masks
    assert masks is not None
    assert (masks.size, masks.stride) == ((3, 5), 4)  # 10 rows are two whole mask pixels and a half
    assert masks.windows.tolist() == [[1, 0, 3, 2], [4, 2, 5, 3]]
    assert masks.areas.tolist() == [4, 1]


def test_masks_that_nobody_asked_for_are_not_reduced(make_sample: Any) -> None:
    assert collate([_with_mask(make_sample((10, 20), [[4, 0, 12, 8]]), 4, 0, 12, 8)]).targets.masks is None


def test_wanted_masks_must_be_there(make_sample: Any) -> None:
    with pytest.raises(ShapeError, match=r"Masks are wanted, but 0\.png has none"):
        collate([make_sample((10, 20), [[4, 0, 12, 8]])], mask_stride=4)
