"""Which detections overlap which targets."""

from dataclasses import replace

import numpy as np
import pytest
from faster_coco_eval.core import mask as mask_code
from tests.unit.evaluation.drawn_scenes import compared

from boxwright.evaluation.overlap_pairs import overlap_pairs

BOX = (10.0, 10.0, 30.0, 30.0)
HALF = (10.0, 10.0, 20.0, 30.0)


def _found(images, at_least=0.1, **named):
    counted = np.ones(sum(len(image.scores) for image in images), np.bool_)
    pairs = overlap_pairs(images, "bbox", counted, at_least, **named)
    return list(zip(pairs.detection.tolist(), pairs.target.tolist(), pairs.overlap.tolist(), strict=True))


def test_pairs_are_numbered_through_all_images() -> None:
    image = compared([(BOX, 0, 0.9), (HALF, 0, 0.8)], [(BOX, 0)])
    assert _found([image, image]) == [(0, 0, 1.0), (1, 0, 0.5), (2, 1, 1.0), (3, 1, 0.5)]


def test_the_best_target_of_a_detection_comes_last_and_of_equal_ones_the_later() -> None:
    image = compared([(BOX, 0, 0.9)], [(BOX, 0), (HALF, 0), (BOX, 0)])
    assert [target for _, target, _ in _found([image])] == [1, 0, 2]


def test_classes_meet_only_where_that_is_asked_for() -> None:
    image = compared([(BOX, 1, 0.9)], [(BOX, 0)])
    assert _found([image]) == []
    assert _found([image], of_any_class=True) == [(0, 0, 1.0)]


def test_of_a_crowd_the_share_of_the_detection_counts() -> None:
    image = compared([(HALF, 0, 0.9)], [(BOX, 0), (BOX, 0)], crowd=(1,))
    assert _found([image]) == [(0, 0, 0.5), (0, 1, 1.0)]


def test_what_does_not_count_or_overlaps_too_little_is_in_no_pair() -> None:
    image = compared([(BOX, 0, 0.9), (HALF, 0, 0.8)], [(BOX, 0)])
    pairs = overlap_pairs([image], "bbox", np.array([False, True]), 0.5)
    assert pairs.detection.tolist() == [1]
    assert _found([image], at_least=0.51) == [(0, 0, 1.0)]
    nothing = compared([], [])
    assert _found([nothing]) == []
    assert _found([]) == []


@pytest.mark.parametrize("of_any_class", [False, True])
def test_masks_are_compared_instead(of_any_class: bool) -> None:
    ones = np.ones((4, 4), np.uint8, order="F")
    halves = ones.copy(order="F")
    halves[:, 2:] = 0
    full, left = mask_code.encode(ones), mask_code.encode(halves)
    image = compared([(BOX, 0, 0.9)], [(BOX, 0), (BOX, 1)])
    image = replace(image, masks=[full], target_masks=[left, full], mask_areas=np.array([16]))
    pairs = overlap_pairs([image], "segm", np.array([True]), 0.1, of_any_class=of_any_class)
    assert pairs.target.tolist() == ([0, 1] if of_any_class else [0])
    assert pairs.overlap.tolist() == ([0.5, 1.0] if of_any_class else [0.5])
