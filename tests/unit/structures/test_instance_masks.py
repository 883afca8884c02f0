import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from boxwright.errors import DataError, ShapeError
from boxwright.structures import InstanceMasks

full_masks = arrays.arrays(bool, st.tuples(st.integers(0, 4), st.integers(1, 9), st.integers(1, 9)))


def _scene() -> torch.Tensor:
    """Two masks that overlap, an empty one and a single pixel in the last corner."""
    full = torch.zeros((4, 10, 12), dtype=torch.bool)
    full[0, 1:6, 2:7] = True
    full[0, 3, 4] = False
    full[1, 4:9, 5:11] = True
    full[3, 9, 11] = True
    return full


@settings(max_examples=100, deadline=None)
@given(full_masks)
def test_masks_come_back_in_every_form(array: np.ndarray) -> None:
    full = torch.from_numpy(array)
    masks = InstanceMasks.from_boolean(full)
    assert torch.equal(masks.to_boolean(), full)
    assert masks.areas.tolist() == full.sum(dim=(1, 2)).tolist()
    again = InstanceMasks.from_rle(masks.to_rle(), masks.size)
    assert torch.equal(again.windows, masks.windows)
    assert torch.equal(again.bits, masks.bits)


def test_windows_are_tight_and_overlapping_masks_keep_all_their_pixels() -> None:
    masks = InstanceMasks.from_boolean(_scene())
    assert masks.windows.tolist() == [[2, 1, 7, 6], [5, 4, 11, 9], [0, 0, 0, 0], [11, 9, 12, 10]]
    assert masks.areas.tolist() == [24, 30, 0, 1]
    assert len(masks.bits) == 4 + 4 + 0 + 1  # 25, 30, 0 and 1 bits


def test_polygons_are_filled_by_cocos_rule_and_parts_united() -> None:
    square, other = [2.0, 1, 6, 1, 6, 5, 2, 5], [4.0, 3, 9, 3, 9, 8, 4, 8]
    masks = InstanceMasks.from_polygons([[square, other], [], [square]], (10, 12))
    assert masks.areas.tolist() == [16 + 25 - 4, 0, 16]
    assert masks.windows.tolist() == [[2, 1, 9, 8], [0, 0, 0, 0], [2, 1, 6, 5]]


def test_polygons_lead_back_to_the_masks() -> None:
    full = _scene()
    full[0, 3, 4] = True  # a hole would be closed
    masks = InstanceMasks.from_boolean(full)
    polygons = masks.to_polygons()
    assert [len(rings) for rings in polygons] == [1, 1, 0, 1]
    assert torch.equal(InstanceMasks.from_polygons(polygons, masks.size).to_boolean(), full)


def test_polygons_of_reduced_masks_are_in_pixels_of_the_frame() -> None:
    masks = InstanceMasks.from_boolean(_scene()[3:], stride=4)
    assert sorted(zip(*[iter(masks.to_polygons()[0][0])] * 2, strict=True)) == [(44, 36), (44, 40), (48, 36), (48, 40)]
    assert masks.boxes.tolist() == [[44, 36, 48, 40]]


def test_uncompressed_counts_are_read() -> None:
    masks = InstanceMasks.from_rle([{"size": [2, 3], "counts": [1, 2, 3]}], (2, 3))
    assert masks.to_boolean().int().tolist() == [[[0, 1, 0], [1, 0, 0]]]


def test_counts_of_another_image_are_refused() -> None:
    with pytest.raises(DataError, match="belongs to an image of"):
        InstanceMasks.from_rle([{"size": [2, 3], "counts": [6]}], (4, 4))
    with pytest.raises(DataError, match="cover 5 pixels, the image has 6"):
        InstanceMasks.from_rle([{"size": [2, 3], "counts": [5]}], (2, 3))


@pytest.mark.parametrize("index", [[], [3, 0, 0, 2], [1]])
def test_rows_are_picked_in_any_order(index: list[int]) -> None:
    picked = InstanceMasks.from_boolean(_scene()).rows(torch.tensor(index, dtype=torch.int64))
    assert torch.equal(picked.to_boolean(), _scene()[index])


def test_rows_are_picked_by_flags() -> None:
    flags = torch.tensor([True, False, True, True])
    assert torch.equal(InstanceMasks.from_boolean(_scene()).rows(flags).to_boolean(), _scene()[flags])


def test_concatenation_keeps_the_order_and_wants_one_frame() -> None:
    masks = InstanceMasks.from_boolean(_scene())
    both = InstanceMasks.concatenate([masks, InstanceMasks.empty((10, 12)), masks.rows(torch.tensor([3]))])
    assert torch.equal(both.to_boolean(), torch.cat((_scene(), _scene()[3:])))
    for other in (InstanceMasks.empty((10, 13)), InstanceMasks.empty((10, 12), stride=4)):
        with pytest.raises(ShapeError, match="size and stride are the same"):
            InstanceMasks.concatenate([masks, other])
    with pytest.raises(ShapeError, match="found none"):
        InstanceMasks.concatenate([])


def test_pixels_are_looked_up_and_are_false_outside() -> None:
    full = _scene()
    masks = InstanceMasks.from_boolean(full)
    row, y, x = torch.meshgrid(torch.arange(4), torch.arange(-2, 13), torch.arange(-2, 15), indexing="ij")
    expected = torch.nn.functional.pad(full, (2, 3, 2, 3))
    assert torch.equal(masks.at(row, y, x), expected)


def test_pixels_of_empty_masks_can_be_looked_up() -> None:
    masks = InstanceMasks.from_boolean(torch.zeros((2, 4, 4), dtype=torch.bool))
    zero = torch.zeros(3, dtype=torch.int64)
    assert masks.at(zero + 1, zero, zero).tolist() == [False] * 3


@pytest.mark.parametrize("window", [[0, 0, 9, 2], [0, 0, 2, 9], [-1, 0, 2, 2], [2, 0, 1, 2]])
def test_windows_outside_of_the_frame_are_refused(window: list[int]) -> None:
    with pytest.raises(ShapeError, match=r"inside the frame of \(4, 5\)"):
        InstanceMasks(torch.tensor([window]), torch.zeros(3, dtype=torch.uint8), (4, 5))


def test_bits_must_be_as_many_as_the_windows_need() -> None:
    with pytest.raises(ShapeError, match="1 windows need 2 bytes; found 3"):
        InstanceMasks(torch.tensor([[0, 0, 3, 3]]), torch.zeros(3, dtype=torch.uint8), (4, 5))


def test_memory_grows_with_the_windows_not_with_the_frame() -> None:
    """300 objects of 40 × 40 pixels in an image of 4000 × 3000: 60 kB, where full masks take 3.6 GB."""
    windows = torch.tensor([[40 * n, 7, 40 * n + 40, 47] for n in range(75)] * 4)
    masks = InstanceMasks.from_crops(windows, [torch.ones((40, 40), dtype=torch.bool)] * 300, (3000, 4000))
    assert len(masks.bits) == 300 * 200
    assert masks.areas.tolist() == [1600] * 300


def test_everything_moves_together() -> None:
    moved = InstanceMasks.from_boolean(_scene(), stride=2).to("meta")
    assert (moved.windows.device.type, moved.bits.device.type) == ("meta", "meta")
    assert (moved.size, moved.stride, len(moved)) == ((10, 12), 2, 4)
