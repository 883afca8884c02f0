import dataclasses
from typing import Any

import pytest
import torch

from boxwright.data.transforms import compose
from boxwright.data.transforms.affine_map import scaling, translation
from boxwright.data.transforms.composition import keep_visible
from boxwright.errors import DataError
from boxwright.geometry.boxes import clip_boxes


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


def test_masks_are_not_dropped_in_silence(make_sample: Any) -> None:
    sample = dataclasses.replace(make_sample(), masks=torch.zeros(0, 40, 60))
    with pytest.raises(DataError, match=r"0\.png has instance masks"):
        compose([(sample, translation(0.0, 0.0))], (20, 20), sample.origin)
