from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from boxwright.data.transforms import CopyPaste
from boxwright.errors import ShapeError
from boxwright.structures import InstanceMasks, Sample

SIZE = (20, 30)


@pytest.fixture
def masked(make_sample: Any) -> Any:
    """Gives a sample whose masks fill the boxes, and whose pixels have one value."""

    def make(boxes: list[list[int]], value: int, **more: Any) -> Sample:
        full = torch.zeros((len(boxes), *SIZE), dtype=torch.bool)
        for mask, (left, top, right, bottom) in zip(full, boxes, strict=True):
            mask[top:bottom, left:right] = True
        sample: Sample = make_sample(SIZE, boxes, **more)
        image = torch.full_like(sample.image, value)
        return replace(sample, image=image, masks=InstanceMasks.from_boolean(full))

    return make


def _pasted(one: Sample, other: Sample, share: float = 1.0, seed: int = 0) -> Sample:
    return CopyPaste(share)(one, other, np.random.default_rng(seed))


def test_an_object_brings_its_pixels_its_box_and_its_mask(masked: Any) -> None:
    found = _pasted(masked([[2, 2, 8, 8]], 10, labels=[3]), masked([[20, 5, 28, 15]], 200, labels=[1]))
    assert found.boxes.tolist() == [[2, 2, 8, 8], [20, 5, 28, 15]]
    assert found.labels.tolist() == [3, 1]
    expected = torch.full((3, *SIZE), 10, dtype=torch.uint8)
    expected[:, 5:15, 20:28] = 200
    assert torch.equal(found.image, expected)
    assert found.masks.boxes.tolist() == found.boxes.tolist()
    assert len(found.origin.mixed_with) == 1


def test_what_is_covered_leaves_mask_and_box(masked: Any) -> None:
    found = _pasted(masked([[2, 2, 12, 12]], 10), masked([[6, 0, 30, 20]], 200))
    assert found.boxes.tolist() == [[2, 2, 6, 12], [6, 0, 30, 20]]
    assert found.masks.areas.tolist() == [40, 480]
    hole = _pasted(masked([[2, 2, 12, 12]], 10), masked([[4, 4, 8, 8]], 200))
    assert hole.boxes[0].tolist() == [2, 2, 12, 12]
    assert hole.masks.areas.tolist() == [84, 16]
    assert not bool(hole.masks.to_boolean().all(dim=0).any())


@pytest.mark.parametrize(("right", "remains"), [(10, True), (11, False), (12, False)])
def test_a_tenth_is_too_little(masked: Any, right: int, remains: bool) -> None:
    """Of ten columns the last two are a fifth, the last one is a tenth."""
    found = _pasted(masked([[2, 2, 12, 18]], 10, labels=[3]), masked([[0, 0, right - 1, 20]], 200, labels=[1]))
    assert (3 in found.labels.tolist()) == remains


def test_ignored_regions_stay_while_anything_is_seen_and_are_never_pasted(masked: Any) -> None:
    regions = masked([[2, 2, 12, 12], [20, 2, 28, 12], [6, 0, 8, 2]], 10, labels=[0, 1, 2], ignore=[True] * 3)
    over = masked([[0, 0, 11, 20], [13, 13, 17, 17]], 200, labels=[5, 6], ignore=[False, True])
    found = _pasted(regions, over)
    assert found.labels.tolist() == [0, 1, 5]
    assert found.ignore.tolist() == [True, True, False]
    assert found.boxes[0].tolist() == [11, 2, 12, 12]
    assert int(found.image[0, 15, 15]) == 10


def test_an_ignored_region_without_a_mask_stays_as_it_is(masked: Any) -> None:
    region = masked([[2, 2, 12, 12]], 10, ignore=[True])
    region = replace(region, masks=InstanceMasks.from_boolean(torch.zeros(1, *SIZE, dtype=torch.bool)))
    found = _pasted(region, masked([[0, 0, 20, 20]], 200))
    assert found.boxes.tolist() == [[2, 2, 12, 12], [0, 0, 20, 20]]
    assert found.ignore.tolist() == [True, False]


def test_what_is_not_touched_keeps_its_box_to_the_fraction(masked: Any) -> None:
    one = masked([[2, 2, 8, 8]], 10)
    one = replace(one, boxes=one.boxes + torch.tensor([0.25, 0.0, -1.5, 0.0]))
    found = _pasted(one, masked([[20, 5, 28, 15]], 200))
    assert torch.equal(found.boxes[:1], one.boxes)


def test_a_random_part_of_the_objects_is_pasted(masked: Any) -> None:
    boxes = [[3 * column, 0, 3 * column + 3, 4] for column in range(10)]
    one, other = masked([], 10), masked(boxes, 200)
    counts = [len(_pasted(one, other, 0.5, seed).labels) for seed in range(20)]
    assert len(set(counts)) > 2
    assert 3 < sum(counts) / 20 < 7


def test_nothing_to_paste_changes_nothing(masked: Any) -> None:
    one = masked([[2, 2, 8, 8]], 10)
    for other in (masked([], 200), masked([[0, 0, 9, 9]], 200, ignore=[True])):
        assert _pasted(one, other) is one
    assert _pasted(one, masked([[0, 0, 9, 9]], 200), share=0.0) is one


def test_where_an_object_is_annotated_comes_along(masked: Any) -> None:
    one = replace(masked([[2, 2, 8, 8], [20, 2, 28, 8]], 10), annotation=torch.tensor([[4, 0], [4, 1]]))
    other = replace(masked([[0, 0, 10, 10]], 200), annotation=torch.tensor([[7, 2]]))
    assert _pasted(one, other).annotation.tolist() == [[4, 1], [7, 2]]


def test_the_given_samples_stay_as_they_are(masked: Any) -> None:
    one, other = masked([[2, 2, 12, 12]], 10), masked([[6, 0, 30, 20]], 200)
    _pasted(one, other)
    assert int(one.image.max()) == 10
    assert one.masks.areas.tolist() == [100]
    assert int(other.image.min()) == 200


def test_sizes_and_masks_are_needed(masked: Any, make_sample: Any) -> None:
    with pytest.raises(ShapeError, match=r"one size; found \(20, 30\) and \(30, 20\)"):
        _pasted(masked([], 10), make_sample((30, 20)))
    with pytest.raises(ShapeError, match="Open the data with masks"):
        _pasted(masked([], 10), make_sample(SIZE))
