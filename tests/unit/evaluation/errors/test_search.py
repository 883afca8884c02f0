"""What counts as which error."""

from dataclasses import replace

import pytest
import torch
from tests.unit.evaluation.drawn_scenes import compared, scene, shaken_scenes

from boxwright.evaluation import CocoEvaluator
from boxwright.evaluation.compared_image import compare
from boxwright.evaluation.errors import KINDS, find_errors
from boxwright.evaluation.threshold_curve import THRESHOLDS
from boxwright.structures import InstanceMasks

BOX, SHIFTED = (10.0, 10.0, 30.0, 30.0), (20.0, 10.0, 40.0, 30.0)  # IoU 1/3
FAR, ELSEWHERE = (100.0, 100.0, 120.0, 120.0), (150.0, 150.0, 170.0, 170.0)


def _kinds(found, there, threshold=0.25, **named):
    survey = find_errors([(7, compared(found, there, 7, **named))], threshold)
    return [(error.kind, error.true_label, error.found_label) for error in survey.errors], survey


@pytest.mark.parametrize(
    ("found", "there", "expected"),
    [
        ([(BOX, 0, 0.9)], [(BOX, 0)], []),
        ([], [(BOX, 0)], [("miss", 0, None)]),
        ([(BOX, 0, 0.9)], [], [("false alarm", None, 0)]),
        ([(BOX, 1, 0.9)], [(BOX, 0)], [("wrong class", 0, 1)]),
        ([(SHIFTED, 0, 0.9)], [(BOX, 0)], [("poor box", 0, 0)]),
        ([(SHIFTED, 1, 0.9)], [(BOX, 0)], [("miss", 0, None), ("false alarm", None, 1)]),
        ([(BOX, 0, 0.9), (BOX, 0, 0.8)], [(BOX, 0)], [("double", 0, 0)]),
        ([(BOX, 0, 0.9), (BOX, 1, 0.8)], [(BOX, 0)], [("double", 0, 1)]),
        ([(BOX, 1, 0.9), (BOX, 0, 0.8)], [(BOX, 0)], [("double", 0, 1)]),  # found by its class, however weak
        ([(BOX, 1, 0.9), (BOX, 2, 0.8)], [(BOX, 0)], [("wrong class", 0, 1), ("double", 0, 2)]),
        ([(SHIFTED, 0, 0.9), (BOX, 0, 0.8)], [(BOX, 0)], [("false alarm", None, 0)]),
        ([(FAR, 0, 0.9)], [(BOX, 0)], [("miss", 0, None), ("false alarm", None, 0)]),
        ([(BOX, 0, 0.25)], [(BOX, 0)], [("miss", 0, None)]),  # a detection counts above the threshold
    ],
)
def test_cases_worked_by_hand(found, there, expected) -> None:
    assert _kinds(found, there)[0] == expected


def test_what_lies_in_an_ignored_region_is_no_error_and_the_region_is_no_miss() -> None:
    assert _kinds([(BOX, 0, 0.9), (BOX, 0, 0.8)], [(BOX, 0)], crowd=(0,))[0] == []
    assert _kinds([(BOX, 1, 0.9)], [(BOX, 0)], crowd=(0,))[0] == [("false alarm", None, 1)]


def test_an_error_says_where_it_is() -> None:
    _, survey = _kinds([(SHIFTED, 0, 0.75)], [(BOX, 0)])
    (error,) = survey.errors
    assert (error.image_id, error.file, error.true_box, error.found_box) == (7, "7.png", BOX, SHIFTED)
    assert (error.score, error.area, error.size) == (0.75, 400.0, "small")
    assert error.overlap == pytest.approx(1 / 3)
    assert survey.counts == {"miss": 0, "false alarm": 0, "wrong class": 0, "poor box": 1, "double": 0}
    assert survey.line == (
        "errors of detections with a score over 0.25: miss 0, false alarm 0, wrong class 0, poor box 1, double 0"
    )


def test_no_images_have_no_errors() -> None:
    survey = find_errors([], 0.5)
    assert (survey.errors, survey.right, dict(survey.per_image)) == ((), {}, {})


@pytest.mark.parametrize("seed", range(5))
def test_every_target_and_every_detection_is_accounted_for_once(seed: int) -> None:
    scenes = shaken_scenes(seed, images=4)
    survey = find_errors([(t.origin.image_id, compare(f, t)) for f, t in scenes], 0.3)
    right = sum(survey.right.values())
    with_target = [error for error in survey.errors if error.kind not in ("double", "false alarm")]
    assert right + len(with_target) == sum(len(truth) for _, truth in scenes)
    with_detection = [error for error in survey.errors if error.kind != "miss"]
    assert right + len(with_detection) == sum(int((found.scores > 0.3).sum()) for found, _ in scenes)
    assert {error.kind for error in survey.errors} <= set(KINDS)


@pytest.mark.parametrize("seed", range(5))
def test_what_is_right_is_what_recall_counts(seed: int) -> None:
    scenes = shaken_scenes(seed, images=4)
    evaluator = CocoEvaluator(("a", "b", "c"))
    evaluator.update(*zip(*scenes, strict=True))
    images = [(truth.origin.image_id, compare(found, truth)) for found, truth in scenes]
    for row, label in zip(evaluator.compute().per_class, range(3), strict=True):
        for place in (0, 30, 71):
            survey = find_errors(images, float(THRESHOLDS[place]))
            assert survey.right.get(label, 0) == round(row.by_threshold.recall[place] * row.num_targets)


def test_masks_are_compared_where_all_images_have_them() -> None:
    found, there = scene([(BOX, 0, 0.9)], [(BOX, 0)])
    full = torch.zeros((1, 200, 200), dtype=torch.bool)
    full[:, 10:30, 10:30] = True
    right, wrong = InstanceMasks.from_boolean(full), InstanceMasks.from_boolean(~full)
    for masks, kinds in ((right, []), (wrong, ["miss", "false alarm"])):
        image = compare(replace(found, masks=masks), replace(there, masks=right))
        assert [error.kind for error in find_errors([(0, image)], 0.3).errors] == kinds
        without = compare(found, there)
        assert find_errors([(0, image), (1, without)], 0.3).errors == ()
