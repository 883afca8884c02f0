"""Detections and targets of all images in columns."""

from tests.unit.evaluation.drawn_scenes import compared

from boxwright.evaluation.counted_detections import counted_detections

BOX = (10.0, 10.0, 30.0, 30.0)


def test_detections_are_in_order_of_class_and_score_and_those_of_equal_score_as_given() -> None:
    first = compared([(BOX, 1, 0.5), (BOX, 0, 0.5), (BOX, 1, 0.25)], [(BOX, 1)])
    second = compared([(BOX, 1, 0.5), (BOX, 1, 0.75)], [])
    columns = counted_detections([first, second], "bbox", 100)
    assert columns.order.tolist() == [1, 4, 0, 3, 2]
    assert columns.rank.tolist() == [0, 0, 1, 1, 0]
    assert columns.image.tolist() == [0, 0, 0, 1, 1]
    assert columns.target_image.tolist() == [0]
    assert columns.areas.tolist() == [400.0] * 5


def test_the_limit_is_that_of_an_image_and_class() -> None:
    image = compared([(BOX, 1, 0.5), (BOX, 0, 0.5), (BOX, 1, 0.25)], [])
    columns = counted_detections([image, image], "bbox", 1)
    assert columns.is_counted.tolist() == [True, True, False] * 2


def test_nothing_makes_empty_columns() -> None:
    columns = counted_detections([], "bbox", 100)
    assert len(columns.order) == len(columns.crowd) == len(columns.is_counted) == 0
