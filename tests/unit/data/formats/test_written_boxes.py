import re
from typing import get_args

import numpy as np
import pytest

from boxwright.data.faults import FaultList
from boxwright.data.formats.written_boxes import BoxForm, Order, Unit, WrittenBoxes

COCO, VOC, YOLO = BoxForm("pixels", "xywh"), BoxForm("pixels", "xyxy"), BoxForm("fractions", "cxcywh")
FORMS = [BoxForm(unit, order) for unit in get_args(Unit) for order in get_args(Order)]
SIZES = [(480, 640), (900, 500), (64, 96)]


def _boxes(count: int, size: tuple[int, int], sides: tuple[float, float], seed: int = 0) -> np.ndarray:
    """Draws xyxy boxes in pixels all over an image; their sides are shares of its sides."""
    rng = np.random.default_rng(seed)
    frame = np.array(size[::-1], dtype=float)
    extent = rng.uniform(*sides, (count, 2)) * frame
    start = rng.uniform(0, 1, (count, 2)) * (frame - extent)
    return np.concatenate((start, start + extent), axis=1)


def _written(boxes: np.ndarray, size: tuple[int, int], form: BoxForm) -> np.ndarray:
    frame = np.array([*size[::-1]] * 2, dtype=float)
    left, top, right, bottom = (boxes / {"pixels": 1.0, "fractions": frame, "percent": frame / 100}[form.unit]).T
    columns = {
        "xyxy": (left, top, right, bottom),
        "xywh": (left, top, right - left, bottom - top),
        "cxcywh": ((left + right) / 2, (top + bottom) / 2, right - left, bottom - top),
        "yxhw": (top, left, bottom - top, right - left),
        "yxyx": (top, left, bottom, right),
    }[form.order]
    return np.stack(columns, axis=1)


def _part(stated: BoxForm, numbers: np.ndarray, size: tuple[int, int]) -> WrittenBoxes:
    part = WrittenBoxes(stated)
    for row in numbers.tolist():
        part.add(tuple(row), size)
    return part


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("stated", [COCO, VOC, YOLO])
@pytest.mark.parametrize("form", FORMS, ids=str)
def test_every_form_is_told_from_every_format(form: BoxForm, stated: BoxForm, size: tuple[int, int]) -> None:
    boxes = _boxes(60, size, (0.1, 0.3))
    odd = _part(stated, _written(boxes, size, form), size).oddity()
    if form == stated:
        assert odd is None
        return
    assert odd is not None
    is_mirrored = form.order.startswith("y") and form.unit != "pixels"  # in fractions, x and y are alike
    assert is_mirrored or odd.message.endswith(str(form))
    assert "100 % would" in odd.message


@pytest.mark.parametrize("stated", [COCO, VOC])
def test_fractions_as_pixels_are_an_error(stated: BoxForm) -> None:
    size = SIZES[0]
    odd = _part(stated, _written(_boxes(12, size, (0.1, 0.3)), size, BoxForm("fractions", stated.order)), size).oddity()
    assert odd is not None
    assert odd.code == "box-form-wrong"
    assert odd.message.startswith("0 % of the 12 boxes fit their images as left, top, ")
    assert odd.message.endswith("in fractions of the image")


def test_corners_as_width_and_height_are_a_warning_as_long_as_some_fit() -> None:
    size = SIZES[0]
    odd = _part(COCO, _written(_boxes(60, size, (0.1, 0.3)), size, VOC), size).oddity()
    assert odd is not None
    assert odd.code == "box-form"


@pytest.mark.parametrize("stated", [COCO, VOC, YOLO])
@pytest.mark.parametrize("size", [(480, 640), (900, 500), (3000, 4000)])
def test_fractions_that_were_taken_for_percent(stated: BoxForm, size: tuple[int, int]) -> None:
    """They are a hundredth of what they should be, which fits."""
    boxes = _boxes(200, size, (0.1, 0.4))
    odd = _part(stated, _written(boxes / 100, size, stated), size).oddity()
    assert odd is not None
    assert "fractions" in odd.message


@pytest.mark.parametrize("stated", [COCO, VOC, YOLO])
def test_tiny_objects_beside_others_or_in_one_place_are_no_unit(stated: BoxForm) -> None:
    size = (3000, 4000)
    boxes = _boxes(200, size, (0.1, 0.4))
    for tiny in (np.concatenate((boxes / 100, boxes)), boxes[:5] / 100, boxes / 200, boxes / 50):
        assert _part(stated, _written(tiny, size, stated), size).oddity() is None


def test_fractions_among_pixels() -> None:
    size, boxes = SIZES[0], _boxes(60, SIZES[0], (0.1, 0.3))
    mixed = np.where(np.arange(60)[:, None] < 18, _written(boxes, size, BoxForm("fractions", "xywh")), boxes)
    mixed[18:] = _written(boxes[18:], size, COCO)
    odd = _part(COCO, mixed, size).oddity()
    assert odd is not None
    assert odd.code == "box-form"
    assert "30 % of the 60 boxes look like fractions" in odd.message


def test_pixels_of_larger_images() -> None:
    """Images were shrunk to a third, their boxes were not."""
    size = SIZES[0]
    odd = _part(COCO, 3 * _written(_boxes(60, size, (0.1, 0.3)), size, COCO), size).oddity()
    assert odd is not None
    assert re.search(r"(98|100) % would fit images (2\.9\d|3) × as wide and (2\.9\d|3) × as high", odd.message)
    assert "pixels of another size of the images" in odd.message


@pytest.mark.parametrize("stated", [COCO, VOC, YOLO])
@pytest.mark.parametrize("count", [1, 3, 12, 100, 1_000])
@pytest.mark.parametrize("sides", [(0.005, 0.02), (0.02, 0.1), (0.1, 0.4), (0.3, 0.95), (0.9, 1.0)])
def test_honest_boxes_are_left_alone(stated: BoxForm, count: int, sides: tuple[float, float]) -> None:
    for seed, size in enumerate(SIZES * 3):
        assert _part(stated, _written(_boxes(count, size, sides, seed), size, stated), size).oddity() is None


@pytest.mark.parametrize("stated", [COCO, VOC, YOLO])
@pytest.mark.parametrize("corner", [40, 99, 300])
def test_small_objects_in_a_corner_are_no_unit(stated: BoxForm, corner: int) -> None:
    size = (1080, 1920)
    boxes = np.round(_boxes(200, (corner, corner), (0.1, 0.3)))
    assert _part(stated, _written(boxes, size, stated), size).oddity() is None


@pytest.mark.parametrize("stated", [COCO, VOC, YOLO])
def test_careless_drawing_over_the_edge_is_no_unit(stated: BoxForm) -> None:
    for seed, size in enumerate(SIZES):
        boxes = _boxes(200, size, (0.1, 0.5), seed)
        boxes += np.random.default_rng(seed).normal(0, 0.02, boxes.shape) * np.array([*size[::-1]] * 2)
        assert _part(stated, _written(boxes, size, stated), size).oddity() is None


def test_no_boxes_are_no_oddity() -> None:
    assert WrittenBoxes(COCO).oddity() is None


def test_what_is_odd_comes_first() -> None:
    faults = FaultList("x.json")
    faults.add("box-empty", "annotation 3", "bbox")
    size = SIZES[0]
    _part(COCO, _written(_boxes(12, size, (0.1, 0.3)), size, BoxForm("fractions", "xywh")), size).report(faults)
    assert [(fault.code, fault.file) for fault in faults.faults] == [
        ("box-form-wrong", "x.json"),
        ("box-empty", "x.json"),
    ]
