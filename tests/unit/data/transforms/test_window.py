import dataclasses
from typing import Any

import numpy as np
import pytest
import torch

from boxwright.data.transforms import Window, whole
from boxwright.structures.instance_masks import InstanceMasks


def test_the_whole_image_fitted_to_its_own_size_is_the_image(make_sample: Any) -> None:
    sample = make_sample((40, 60), [[10, 5, 30, 25]])
    window = whole(sample.size)
    shown = window.show(sample, sample.size, window.to_canvas(sample.size))
    assert torch.equal(shown.image, sample.image)
    assert torch.equal(shown.boxes, sample.boxes)


def test_a_part_of_the_image_fills_the_canvas(make_sample: Any) -> None:
    """Twice as large: the window is 20 × 30, the canvas 40 × 60."""
    sample = make_sample((40, 60), [[10, 5, 30, 25]])
    window = Window(5, 3, (20, 30))
    shown = window.show(sample, (40, 60), window.to_canvas((40, 60)))
    assert shown.boxes.tolist() == [[10, 4, 50, 40]]
    assert shown.image[0, 6:, 12:48].min() == 255
    assert shown.image[0, :, :8].max() == 0


def test_more_than_the_image_has_a_grey_border(make_sample: Any) -> None:
    sample = make_sample((20, 20), [[0, 0, 20, 20]])
    window = Window(-10, -5, (40, 40))
    shown = window.show(sample, (40, 40), window.to_canvas((40, 40)))
    assert shown.boxes.tolist() == [[10, 5, 30, 25]]
    assert np.unique(shown.image.numpy()).tolist() == [114, 255]
    assert shown.origin.letterbox is None


def test_objects_whose_centre_is_outside_are_dropped_but_ignored_regions_are_not(make_sample: Any) -> None:
    boxes = [[0, 0, 9, 20], [0, 0, 21, 20], [0, 0, 20, 20], [0, 0, 12, 20]]
    sample = make_sample((20, 40), boxes, ignore=[False, False, False, True])
    window = Window(10, 0, (20, 20))
    assert window.holds_centre(sample).tolist() == [False, True, False, True]
    shown = window.show(sample, (20, 20), window.to_canvas((20, 20)))
    assert shown.boxes.tolist() == [[0, 0, 11, 20], [0, 0, 2, 20]]
    assert shown.ignore.tolist() == [False, True]


@pytest.mark.parametrize(
    ("fit", "box"), [("centre", [0, 10, 40, 30]), ("corner", [0, 0, 40, 20]), ("stretch", [0, 0, 40, 40])]
)
def test_fit(make_sample: Any, fit: Any, box: list[float]) -> None:
    sample = make_sample((10, 20), [[0, 0, 20, 10]])
    shown = whole((10, 20)).show(sample, (40, 40), whole((10, 20)).to_canvas((40, 40), fit))
    assert shown.boxes.tolist() == [box]


def test_masks_stay_with_the_objects_that_are_shown(make_sample: Any) -> None:
    boxes = [[0, 0, 9, 20], [12, 2, 22, 12], [24, 4, 30, 20]]
    filled = torch.zeros(3, 20, 40, dtype=torch.bool)
    for mask, (left, top, right, bottom) in zip(filled, boxes, strict=True):
        mask[top:bottom, left:right] = True
    sample = dataclasses.replace(make_sample((20, 40), boxes), masks=InstanceMasks.from_boolean(filled))
    shown = Window(10, 0, (20, 20)).show(sample, (20, 20), Window(10, 0, (20, 20)).to_canvas((20, 20)))
    assert shown.boxes.tolist() == [[2, 2, 12, 12], [14, 4, 20, 20]]
    assert shown.masks is not None
    assert torch.equal(shown.masks.to_boolean(), filled[1:, :, 10:30])
