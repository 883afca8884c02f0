"""Precision and recall of a class; the numbers themselves are compared with pycocotools in tests/parity."""

import numpy as np
import pytest
from tests.unit.evaluation.drawn_scenes import compared

from boxwright.evaluation.class_precision import class_precisions
from boxwright.evaluation.matched_images import match_images

BOX, OTHER = (10.0, 10.0, 30.0, 30.0), (100.0, 100.0, 150.0, 150.0)


def _of(*images, limits=(1, 10, 100)):
    matched = match_images(list(enumerate(images)), "bbox", limits[-1])
    return {each.label: each for each in class_precisions(matched, limits)}


def test_classes_without_a_target_to_find_are_left_out() -> None:
    image = compared([(BOX, 0, 0.9), (BOX, 2, 0.9)], [(BOX, 0), (BOX, 1)], crowd=(1,))
    assert list(_of(image)) == [0]
    assert _of() == {}


def test_sizes_without_a_target_are_unknown() -> None:
    found = _of(compared([(BOX, 0, 0.9)], [(BOX, 0)]))[0]
    assert np.isnan(found.precision[2:]).all()
    np.testing.assert_allclose(found.precision[:2], 1.0)
    assert np.isnan(found.recall[:, 2:]).all()


def test_recall_grows_with_the_limit() -> None:
    found = _of(compared([(BOX, 0, 0.9), (OTHER, 0, 0.8)], [(BOX, 0), (OTHER, 0)]))[0]
    assert found.recall[:, 0, 0].tolist() == [0.5, 1.0, 1.0]


def test_what_lies_in_a_crowd_does_not_count_at_any_threshold() -> None:
    image = compared(
        [(OTHER, 0, 0.9), (BOX, 0, 0.5), ((60.0, 60.0, 70.0, 70.0), 0, 0.3)], [(BOX, 0), (OTHER, 0)], crowd=(1,)
    )
    curve = _of(image)[0].by_threshold
    assert curve.precision[[0, 40]].tolist() == [0.5, 1.0]
    assert np.isnan(curve.precision[60])
    assert curve.recall[[0, 40, 60]].tolist() == [1.0, 1.0, 0.0]


def test_the_curve_over_thresholds_agrees_with_the_recall_of_coco() -> None:
    image = compared([(BOX, 0, 0.9), (BOX, 0, 0.8), (OTHER, 0, 0.05)], [(BOX, 0), (OTHER, 0)])
    found = _of(image)[0]
    assert found.by_threshold.recall[0] == found.recall[2, 0, 0] == 1.0
    assert found.by_threshold.precision[0] == pytest.approx(2 / 3)
