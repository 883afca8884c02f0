from typing import Any

import numpy as np
import pytest
import torch

from boxwright.data.transforms import IoUCrop, Window, whole
from boxwright.data.transforms import iou_crop as module
from boxwright.geometry.overlaps import pairwise_iou

SIZE = (100, 150)
BOXES = [[10, 10, 60, 60], [80, 30, 140, 90], [100, 5, 120, 20]]


def drawn(sample: Any, seed: int, within: Window | None = None) -> Window:
    return IoUCrop().draw(sample, within or whole(sample.size), np.random.default_rng(seed))


@pytest.mark.parametrize("least", [0.0, 0.1, 0.3, 0.5])
def test_an_object_inside_overlaps_the_window_enough(
    make_sample: Any, monkeypatch: pytest.MonkeyPatch, least: float
) -> None:
    monkeypatch.setattr(module, "_LEAST_IOUS", (least,))
    sample = make_sample(SIZE, BOXES)
    for seed in range(20):
        window = drawn(sample, seed)
        inside = window.holds_centre(sample)
        corners = [[window.left, window.top, window.left + window.size[1], window.top + window.size[0]]]
        assert inside.any()
        assert pairwise_iou(sample.boxes[inside], torch.tensor(corners).float()).max() >= least


def test_windows_lie_in_the_image_and_are_not_extreme(make_sample: Any) -> None:
    sample = make_sample(SIZE, BOXES)
    seen = [drawn(sample, seed) for seed in range(100)]
    for window in seen:
        height, width = window.size
        assert 0 <= window.left <= 150 - width
        assert 0 <= window.top <= 100 - height
        assert height >= 30
        assert width >= 45
        assert 0.5 <= width / height <= 2
    share_of_whole = np.mean([window == whole(SIZE) for window in seen])
    assert 0.05 < share_of_whole < 0.4


def test_a_window_is_cut_from_a_frame(make_sample: Any) -> None:
    sample, frame = make_sample(SIZE, BOXES), Window(-100, -50, (200, 300))
    for seed in range(30):
        window = drawn(sample, seed, frame)
        assert window.left >= -100
        assert window.top >= -50
        assert window.left + window.size[1] <= 200
        assert window.top + window.size[0] <= 150


def test_images_without_objects_stay_whole(make_sample: Any) -> None:
    for sample in (make_sample(SIZE), make_sample(SIZE, BOXES[:1], ignore=[True])):
        assert {drawn(sample, seed) for seed in range(20)} == {whole(SIZE)}


def test_a_crop_moves_boxes_with_pixels_and_drops_what_is_outside(make_sample: Any) -> None:
    sample = make_sample(SIZE, BOXES)
    for seed in range(30):
        window = drawn(sample, seed)
        shown = IoUCrop()(sample, np.random.default_rng(seed))
        assert shown.size == window.size
        moved = sample.boxes[window.holds_centre(sample)] - torch.tensor([window.left, window.top] * 2)
        limit = torch.tensor(window.size[::-1] * 2)
        assert torch.equal(shown.boxes, torch.minimum(moved.clamp(min=0), limit.float()))
        for left, top, right, bottom in shown.boxes.int().tolist():
            assert shown.image[0, top:bottom, left:right].min() == 255


def test_probability(make_sample: Any) -> None:
    sample, rng = make_sample(SIZE, BOXES), np.random.default_rng(0)
    assert IoUCrop(0.0)(sample, rng) is sample
