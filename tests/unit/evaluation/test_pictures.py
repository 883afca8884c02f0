from dataclasses import replace

import numpy as np
import pytest
import torch

from boxwright.evaluation import draw_detections, draw_truth
from boxwright.evaluation.pictures import CLASS_COLORS, IGNORED_COLOR, MOST_LABELS, class_color
from boxwright.structures import Detections, GroundTruth, ImageOrigin, InstanceMasks

ORIGIN = ImageOrigin(0, "a.jpg", (240, 320))
NAMES = tuple(f"Größe {i}" for i in range(20))


def image() -> np.ndarray:
    return np.full((240, 320, 3), 128, np.uint8)


def detections(labels=(0,), scores=(0.9,), box=(100.0, 100, 200, 200)) -> Detections:
    boxes = torch.tensor([box]).repeat(len(labels), 1)
    return Detections(boxes, torch.tensor(scores).reshape(-1), torch.tensor(labels).long(), ORIGIN)


def truth(ignore=(False,), box=(100.0, 100, 200, 200)) -> GroundTruth:
    count = len(ignore)
    boxes = torch.tensor([box]).repeat(count, 1)
    return GroundTruth(boxes, torch.zeros(count).long(), torch.tensor(ignore).bool(), torch.ones(count), ORIGIN)


def rgb(color: str) -> tuple[int, ...]:
    return tuple(int(color[i : i + 2], 16) for i in (1, 3, 5))


@pytest.mark.parametrize("label", [0, 1, 11, 12])
def test_box_has_the_colour_of_its_class(label):
    drawn = draw_detections(image(), detections([label]), NAMES)
    color = rgb(CLASS_COLORS[label % len(CLASS_COLORS)])
    assert tuple(drawn[150, 100]) == tuple(drawn[200, 150]) == color  # left and bottom edge, in RGB
    assert tuple(drawn[150, 150]) == (128, 128, 128)
    assert class_color(label) == color


def test_the_given_image_is_not_changed():
    given = image()
    draw_detections(given, detections(), NAMES, truth())
    draw_truth(given, truth(), NAMES)
    np.testing.assert_array_equal(given, image())


def test_labels_are_written_and_scores_differ():
    one = draw_detections(image(), detections(scores=[0.9]), NAMES)
    two = draw_detections(image(), detections(scores=[0.8]), NAMES)
    assert (one != two).any()


def test_weak_detections_are_left_out():
    np.testing.assert_array_equal(
        draw_detections(image(), detections(scores=[0.2]), NAMES, score_threshold=0.25), image()
    )


def test_nothing_to_draw_changes_nothing():
    none = detections([], [])
    np.testing.assert_array_equal(draw_detections(image(), none, NAMES), image())
    np.testing.assert_array_equal(draw_detections(image(), none, NAMES, truth(())), image())
    np.testing.assert_array_equal(draw_truth(image(), truth(()), NAMES), image())


def test_missed_objects_are_white_alone_and_good_detections_rimmed():
    missed = draw_detections(image(), detections([], []), NAMES, truth())
    assert tuple(missed[150, 100]) == (255, 255, 255)
    good = draw_detections(image(), detections(), NAMES, truth())
    row = [tuple(good[150, column]) for column in range(94, 107)]
    assert rgb(CLASS_COLORS[0]) in row
    assert (255, 255, 255) in row


def test_ignored_regions_are_grey():
    for drawn in (
        draw_truth(image(), truth([True]), NAMES),
        draw_detections(image(), detections([], []), NAMES, truth([True])),
    ):
        assert tuple(drawn[150, 100]) == rgb(IGNORED_COLOR)


def test_boxes_beyond_the_image_are_no_error():
    drawn = draw_detections(image(), detections(box=(-50.0, -50, 900, 900)), NAMES)
    assert drawn.shape == (240, 320, 3)


@pytest.mark.parametrize(
    "name", ["$x_1$", "_", "{} %s <b>", "two\nlines", "\x1b[31m", "[red]", "", "\udcff", "a" * 500]
)
def test_every_name_is_drawn(name):
    for drawn in (draw_detections(image(), detections(), [name]), draw_truth(image(), truth(), [name])):
        assert drawn.shape == (240, 320, 3)
        assert len(np.unique(drawn)) > 2


@pytest.mark.parametrize(("one", "other"), [("猫", "犬"), ("가위", "직선"), ("قط", "كلب")])
def test_names_of_other_scripts_are_letters_and_not_squares(one, other):
    for draw, what in ((draw_detections, detections()), (draw_truth, truth())):
        assert not np.array_equal(draw(image(), what, [one]), draw(image(), what, [other]))


def _with_masks(count: int = 1) -> InstanceMasks:
    full = torch.zeros((count, 240, 320), dtype=torch.bool)
    full[:, 120:180, 120:180] = True
    return InstanceMasks.from_boolean(full)


def test_masks_are_drawn_in_the_colour_of_their_class_and_ignored_ones_in_grey():
    drawn = draw_detections(image(), replace(detections([1]), masks=_with_masks()), NAMES)
    assert tuple(drawn[120, 150]) == rgb(CLASS_COLORS[1])
    assert tuple(drawn[150, 150]) != (128, 128, 128)
    assert tuple(drawn[110, 190]) == (128, 128, 128)  # inside of the box, outside of the mask
    there = draw_truth(image(), replace(truth((True, False)), masks=_with_masks(2)), NAMES)
    assert tuple(there[120, 150]) == rgb(CLASS_COLORS[0])
    alone = draw_truth(image(), replace(truth((True,)), masks=_with_masks()), NAMES)
    assert tuple(alone[120, 150]) == rgb(IGNORED_COLOR)


def test_masks_of_weak_detections_are_left_out():
    weak = replace(detections([0, 1], [0.9, 0.1]), masks=_with_masks(2))
    drawn = draw_detections(image(), weak, NAMES, score_threshold=0.5)
    assert tuple(drawn[120, 150]) == rgb(CLASS_COLORS[0])


def test_many_objects_are_drawn_without_letters():
    few, many = (
        draw_detections(image(), detections([0] * n, [0.9] * n), NAMES) for n in (MOST_LABELS, MOST_LABELS + 1)
    )
    inside = np.s_[105:195, 105:195]
    assert (few != many).any()
    assert (many[inside] == 128).all()
    assert tuple(many[150, 100]) == rgb(CLASS_COLORS[0])
