"""Detections side by side."""

from dataclasses import replace

import torch

from boxwright.exporting.checking.comparison import compare
from boxwright.structures import Detections, ImageOrigin, InstanceMasks

ORIGIN = ImageOrigin(0, None, (40, 40))


def _found(scores: list[float], shift: float = 0.0) -> Detections:
    boxes = torch.tensor([[5.0 * row, 0.0, 5.0 * row + 9, 20.0] for row in range(len(scores))]).view(-1, 4) + shift
    return Detections(boxes, torch.tensor(scores), torch.zeros(len(scores), dtype=torch.int64), ORIGIN)


def test_equal_results_have_no_difference() -> None:
    found = compare(_found([0.9, 0.5]), _found([0.9, 0.5]))
    assert (found.num_detections, found.num_matched, found.box_difference, found.score_difference) == (2, 2, 0, 0)
    assert found.mask_difference is None


def test_differences_are_the_largest() -> None:
    found = compare(_found([0.9, 0.5]), _found([0.9, 0.375], shift=0.25))
    assert (found.box_difference, found.score_difference) == (0.25, 0.125)


def test_what_only_one_side_has_is_counted() -> None:
    found = compare(_found([0.9, 0.5, 0.3]), _found([0.9]))
    assert (found.num_detections, found.num_matched) == (3, 1)
    found = compare(_found([0.9]), _found([0.9, 0.5, 0.3]))
    assert (found.num_detections, found.num_matched) == (3, 1)


def test_another_class_or_place_is_no_counterpart() -> None:
    one = _found([0.9])
    for other in (replace(one, labels=torch.tensor([1])), _found([0.9], shift=3.0)):
        found = compare(one, other)
        assert (found.num_detections, found.num_matched) == (2, 0)


def test_weak_detections_need_no_counterpart_but_may_be_one() -> None:
    found = compare(_found([0.9, 0.0501]), _found([0.9, 0.0499, 0.01]))
    assert (found.num_detections, found.num_matched) == (2, 2)


def test_masks_are_compared_pixel_by_pixel() -> None:
    full = torch.zeros(1, 40, 40, dtype=torch.bool)
    full[0, :10, :10] = True
    less = full.clone()
    less[0, 0, 0] = False
    one, other = (replace(_found([0.9]), masks=InstanceMasks.from_boolean(each)) for each in (full, less))
    assert compare(one, other).mask_difference == 0.01


def test_nothing_is_no_error() -> None:
    found = compare(_found([]), _found([]))
    assert (found.num_detections, found.num_matched) == (0, 0)
