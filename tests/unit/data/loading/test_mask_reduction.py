import numpy as np
import pytest
import torch

from boxwright.data.loading.mask_reduction import reduce_masks
from boxwright.errors import ConfigError
from boxwright.structures import InstanceMasks


def _reference(full: np.ndarray, stride: int) -> np.ndarray:
    """By the definition: at least half of the pixels of a cell, counted."""
    rows, columns = -(-full.shape[0] // stride), -(-full.shape[1] // stride)
    padded = np.zeros((rows * stride, columns * stride), int)
    padded[: full.shape[0], : full.shape[1]] = full
    counts = padded.reshape(rows, stride, columns, stride).sum(axis=(1, 3))
    reduced = 2 * counts >= stride * stride
    if full.any() and not reduced.any():
        reduced.reshape(-1)[counts.argmax()] = True
    return reduced


@pytest.mark.parametrize("stride", [2, 3, 4, 8, 32])
def test_a_mask_pixel_is_the_majority_of_its_pixels(stride: int) -> None:
    rng = np.random.default_rng(0)
    full = np.zeros((40, 37, 53), bool)
    for number, mask in enumerate(full):
        x, y = rng.integers(0, 45), rng.integers(0, 30)
        side = int(rng.integers(1, 40))
        mask[y : y + side, x : x + side] = rng.random((*mask[y : y + side, x : x + side].shape,)) < number / 40
    reduced = reduce_masks(InstanceMasks.from_boolean(torch.from_numpy(full)), stride)
    assert reduced.stride == stride
    np.testing.assert_array_equal(reduced.to_boolean().numpy(), [_reference(mask, stride) for mask in full])
    tight = InstanceMasks.from_boolean(reduced.to_boolean(), stride)
    assert torch.equal(reduced.windows, tight.windows)


def test_half_of_the_pixels_is_enough() -> None:
    full = torch.zeros((2, 4, 4), dtype=torch.bool)
    full[0, :2] = True
    full[1, :2] = True
    full[1, 0, 0] = False
    full = torch.cat((full, torch.zeros(2, 4, 4, dtype=torch.bool)), dim=2)
    full[1, :, 4:] = True
    assert reduce_masks(InstanceMasks.from_boolean(full), 4).to_boolean().tolist() == [[[True, False]], [[False, True]]]


def test_no_object_vanishes() -> None:
    """A trap of the published reduction: an object of 3 pixels teaches that nothing is there."""
    full = torch.zeros((1, 16, 16), dtype=torch.bool)
    full[0, 7:9, 6] = True
    full[0, 8, 7] = True
    reduced = reduce_masks(InstanceMasks.from_boolean(full), 4)
    assert reduced.windows.tolist() == [[1, 2, 2, 3]]  # two of the three pixels lie there
    assert reduced.areas.tolist() == [1]


def test_an_empty_mask_stays_empty() -> None:
    reduced = reduce_masks(InstanceMasks.from_boolean(torch.zeros((2, 8, 8), dtype=torch.bool)), 4)
    assert reduced.areas.tolist() == [0, 0]
    assert reduced.size == (2, 2)


def test_areas_are_right_on_average() -> None:
    """To a hundredth or so: cells that are exactly half inside are the only ones that lean to one side."""
    rng = np.random.default_rng(1)
    y, x = np.mgrid[:64, :64] + 0.5
    circles = [np.hypot(x - cx, y - cy) < r for cx, cy, r in rng.uniform((20, 20, 6), (44, 44, 16), (300, 3))]
    full = torch.from_numpy(np.stack(circles))
    reduced = reduce_masks(InstanceMasks.from_boolean(full), 4)
    assert float(reduced.areas.sum() * 16 / full.sum()) == pytest.approx(1, abs=0.02)


def test_stride_one_changes_nothing_and_wrong_strides_are_errors() -> None:
    masks = InstanceMasks.from_boolean(torch.ones((1, 8, 8), dtype=torch.bool))
    assert reduce_masks(masks, 1) is masks
    with pytest.raises(ConfigError, match="found 0 for masks at stride 1"):
        reduce_masks(masks, 0)
    with pytest.raises(ConfigError, match="found 2 for masks at stride 4"):
        reduce_masks(reduce_masks(masks, 4), 2)
