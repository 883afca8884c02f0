import dataclasses
from typing import Any

import pytest
import torch

from boxwright.data.transforms import compose
from boxwright.data.transforms.affine_map import scaling, translation
from boxwright.data.transforms.composition import keep_visible
from boxwright.errors import DataError
from boxwright.geometry.boxes import clip_boxes
from boxwright.structures import InstanceMasks, Sample


def _kept(box: list[float], *, ignore: bool = False, size: tuple[int, int] = (300, 300)) -> bool:
    whole = torch.tensor([box])
    return bool(keep_visible(whole, clip_boxes(whole, size), torch.tensor([ignore])))


def test_sides_must_be_over_two_pixels() -> None:
    assert _kept([10.0, 10, 12.1, 30])
    assert not _kept([10.0, 10, 12, 30])
    assert not _kept([10.0, 10, 30, 12])


def test_more_than_a_tenth_must_be_visible() -> None:
    assert _kept([-88.0, 0, 12, 50])
    assert not _kept([-91.0, 0, 9, 50])
    assert not _kept([-88.0, -88, 12, 12])


def test_thin_lines_are_dropped() -> None:
    assert _kept([0.0, 0, 290, 3])
    assert not _kept([0.0, 0, 290, 2.9])


def test_any_part_of_an_ignored_region_stays() -> None:
    assert _kept([-91.0, 0, 0.5, 50], ignore=True)
    assert not _kept([-91.0, 0, -1, 50], ignore=True)


def test_columns_of_all_tiles_travel_together(make_sample: Any) -> None:
    first = make_sample((20, 20), [[0, 0, 10, 10], [5, 5, 6, 6]], labels=[4, 5], ignore=[False, True])
    second = make_sample((20, 20), [[10, 10, 20, 20]], labels=[6], image_id=1)
    tiles = [(first, scaling(1.0, 1.0)), (second, translation(20.0, 5.0))]
    result = compose(tiles, (30, 40), first.origin)
    assert result.boxes.tolist() == [[0, 0, 10, 10], [5, 5, 6, 6], [30, 15, 40, 25]]
    assert result.labels.tolist() == [4, 5, 6]
    assert result.ignore.tolist() == [False, True, False]
    assert result.image[0, 20, 35] == 255
    assert result.image[0, 3, 25] == 114
    assert result.size == (30, 40)
    assert result.image.permute(1, 2, 0).is_contiguous()


def test_sources_stay_unchanged(make_sample: Any) -> None:
    sample = make_sample((20, 20), [[0, 0, 10, 10]])
    before = sample.image.clone(), sample.boxes.clone()
    compose([(sample, translation(3.0, 3.0))], (20, 20), sample.origin).image.fill_(0)
    assert torch.equal(sample.image, before[0])
    assert torch.equal(sample.boxes, before[1])


def _masked(sample: Sample, masks: list[list[int]]) -> Sample:
    """Gives a sample masks that are rectangles x1, y1, x2, y2."""
    full = torch.zeros((len(masks), *sample.size), dtype=torch.bool)
    for mask, (x1, y1, x2, y2) in zip(full, masks, strict=True):
        mask[y1:y2, x1:x2] = True
    return dataclasses.replace(sample, masks=InstanceMasks.from_boolean(full))


def test_boxes_are_fitted_to_what_is_left_of_their_masks(make_sample: Any) -> None:
    """An L whose foot alone stays in the canvas: its box must not reach as high as the cut box of the L."""
    sample = make_sample((40, 60), [[10, 10, 40, 40]])
    full = torch.zeros((1, 40, 60), dtype=torch.bool)
    full[0, 10:40, 10:16] = full[0, 34:40, 10:40] = True
    sample = dataclasses.replace(sample, masks=InstanceMasks.from_boolean(full))
    result = compose([(sample, translation(-20.0, 0.0))], (40, 60), sample.origin)
    assert result.boxes.tolist() == [[0, 34, 20, 40]]
    assert result.masks is not None
    assert result.masks.boxes.tolist() == [[0, 34, 20, 40]]


def test_a_side_within_a_pixel_of_its_mask_keeps_its_fraction(make_sample: Any) -> None:
    sample = _masked(make_sample((40, 60), [[10.25, 10, 30.75, 24.5]]), [[10, 10, 31, 25]])
    result = compose([(sample, translation(0.0, 0.0))], (40, 60), sample.origin)
    assert result.boxes.tolist() == [[10.25, 10, 30.75, 24.5]]


@pytest.mark.parametrize(("shift", "stays"), [(-26.0, True), (-27.0, False)])
def test_more_than_a_tenth_of_the_mask_must_be_visible(make_sample: Any, shift: float, stays: bool) -> None:
    """4 and 3 columns of 30; the box, which is wider than its mask, would stay in both cases."""
    sample = _masked(make_sample((40, 60), [[0, 0, 40, 30]]), [[0, 0, 30, 30]])
    result = compose([(sample, translation(shift, 0.0))], (40, 60), sample.origin)
    assert len(result.boxes) == stays
    assert result.masks is not None
    assert len(result.masks) == stays


def test_an_ignored_region_without_visible_mask_stays_as_long_as_its_box(make_sample: Any) -> None:
    sample = _masked(make_sample((40, 60), [[0, 0, 30, 30]], ignore=[True]), [[0, 0, 4, 4]])
    result = compose([(sample, translation(-8.0, 0.0))], (40, 60), sample.origin)
    assert result.boxes.tolist() == [[0, 0, 22, 30]]
    assert result.masks is not None
    assert result.masks.areas.tolist() == [0]


def test_tiles_with_and_without_masks_do_not_mix(make_sample: Any) -> None:
    bare, masked = make_sample(image_id=3), _masked(make_sample(boxes=[[0, 0, 9, 9]]), [[0, 0, 9, 9]])
    tiles = [(masked, translation(0.0, 0.0)), (bare, translation(60.0, 0.0))]
    with pytest.raises(DataError, match=r"3\.png has no masks, its neighbours do"):
        compose(tiles, (40, 120), masked.origin)
