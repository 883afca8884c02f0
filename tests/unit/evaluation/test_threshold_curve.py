"""Precision, recall and F1 over the threshold of the score."""

import numpy as np
import pytest
import torch

from boxwright.evaluation.threshold_curve import LEAST_F1, THRESHOLDS, mean_curve, threshold_curve

NOTHING = np.zeros(0)


def _curve(right, wrong, targets):
    right, wrong = np.float32(right).astype(float), np.float32(wrong).astype(float)
    return threshold_curve(np.concatenate([right, wrong]), right, right, targets)


def test_a_case_worked_by_hand() -> None:
    curve = _curve([0.9, 0.6], [0.3], 4)
    at = [0, 30, 60, 90]
    assert curve.recall[at].tolist() == [0.5, 0.5, 0.25, 0.0]
    assert curve.precision[at[:3]].tolist() == pytest.approx([2 / 3, 1.0, 1.0])
    assert np.isnan(curve.precision[90])
    assert curve.f1[at].tolist() == pytest.approx([4 / 7, 4 / 6, 2 / 5, 0.0])
    assert curve.best_threshold == 0.44  # in the middle of 0.30 to 0.59, rounded down


@pytest.mark.parametrize("threshold", THRESHOLDS.tolist())
def test_a_detection_counts_above_the_threshold_as_in_prediction(threshold: float) -> None:
    scores = torch.tensor([threshold]).nextafter(torch.tensor([0.0, 2.0]))
    scores = torch.cat([scores, torch.tensor([threshold])])
    curve = _curve(scores.tolist(), [], 3)
    assert curve.recall[round(threshold * 100)] == pytest.approx(int((scores > threshold).sum()) / 3)


def test_without_targets_nothing_is_best_and_nothing_is_nan_by_accident() -> None:
    for curve in (_curve([], [0.4], 0), _curve([], [], 0)):
        assert curve.best_threshold is None
        assert np.isnan(curve.f1).all()
    assert _curve([], [0.4], 2).best_threshold is None  # no threshold is better than another
    assert _curve([], [0.4], 2).f1.tolist() == [0.0] * 101


@pytest.mark.parametrize("wrong", [500, 5000])
def test_what_is_found_by_chance_has_no_best_threshold(wrong: int) -> None:
    by_chance = _curve([0.03], [0.04] * wrong, 10)
    assert 0 < by_chance.f1.max() < LEAST_F1
    assert by_chance.best_threshold is None
    assert mean_curve([by_chance, by_chance]).best_threshold is None
    assert _curve([0.04], [0.03] * wrong, 10).best_threshold == 0.03  # one of ten, before any false alarm


@pytest.mark.parametrize("score", [0.001, 0.005, 0.0099])
def test_all_that_a_detector_gives_is_no_threshold(score: float) -> None:
    assert _curve([score] * 5, [], 10).f1[0] > 0.5
    assert _curve([score] * 5, [], 10).best_threshold is None
    assert _curve([score] * 5 + [0.5], [], 10).best_threshold > 0


def test_what_lies_in_an_ignored_region_is_no_false_alarm() -> None:
    scores = np.array([0.9, 0.8])
    curve = threshold_curve(scores, scores[:1], scores, 1)
    assert curve.precision[0] == 1.0


def test_the_mean_is_over_classes_that_have_a_value() -> None:
    mean = mean_curve([_curve([0.9], [], 1), _curve([0.5], [0.2], 1)])
    assert mean.precision[[0, 30, 60]].tolist() == [0.75, 1.0, 1.0]
    assert np.isnan(mean.precision[95])
    assert mean.recall[60] == 0.5
    assert mean_curve([]).best_threshold is None
