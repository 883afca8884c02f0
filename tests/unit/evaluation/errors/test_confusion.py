"""Which class is taken for which."""

import numpy as np
import pytest
import supervision as sv
from tests.unit.evaluation.drawn_scenes import shaken_scenes

from boxwright.evaluation.compared_image import compare
from boxwright.evaluation.errors import Confusion, DetectionError, find_errors


def _error(kind, true=None, found=None):
    return DetectionError(kind, 1, "a.png", 10.0, true_label=true, found_label=found)


def test_every_kind_of_error_has_its_cells() -> None:
    errors = [
        _error("miss", 0),
        _error("false alarm", None, 1),
        _error("wrong class", 0, 1),
        _error("poor box", 1, 1),
        _error("double", 0, 1),
    ]
    matrix = Confusion({0: 5}, errors).matrix([0, 1])
    assert matrix.tolist() == [[5, 1, 1], [0, 0, 1], [0, 3, 0]]


@pytest.mark.parametrize("seed", range(10))
def test_it_is_that_of_supervision_where_no_two_boxes_compete(seed: int) -> None:
    scenes = shaken_scenes(seed, images=3)
    survey = find_errors([(t.origin.image_id, compare(f, t)) for f, t in scenes], 0.3)
    theirs = sv.ConfusionMatrix.from_detections(
        predictions=[found.to_supervision() for found, _ in scenes],
        targets=[sv.Detections(truth.boxes.numpy(), class_id=truth.labels.numpy()) for _, truth in scenes],
        classes=["a", "b", "c"],
        conf_threshold=0.3,
        iou_threshold=0.5,
    )
    np.testing.assert_array_equal(survey.confusion.matrix([0, 1, 2]), theirs.matrix)


def test_a_part_of_many_classes_is_those_with_most_mistakes() -> None:
    confusion = Confusion(
        {9: 100}, [_error("miss", 3), _error("miss", 3), _error("wrong class", 8, 5), _error("miss", 5)]
    )
    assert confusion.most_confused(2) == [3, 5]
    assert confusion.matrix([3, 5]).tolist() == [[0, 0, 2], [0, 0, 1], [0, 0, 0]]
