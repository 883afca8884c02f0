import numpy as np
import pytest

from boxwright.data.formats.drawing.corner_and_size import corner_and_size

SIZE = (480, 640)


def rectangles(number: int, seed: int = 0) -> np.ndarray:
    """Gives xyxy all over an image."""
    rng = np.random.default_rng(seed)
    extent = rng.uniform(10, 160, (number, 2))
    low = rng.uniform(0, 1, (number, 2)) * ((640, 480) - extent)
    return np.concatenate((low, low + extent), axis=1)


def said(boxes: np.ndarray) -> str:
    found = corner_and_size([tuple(box) for box in boxes.tolist()], [SIZE] * len(boxes))
    return "" if found is None else f"{found.code}: {found.message}"


@pytest.mark.parametrize("number", [20, 400])
def test_corner_and_size_are_seen(number):
    boxes = rectangles(number)
    boxes[:, 2:] -= boxes[:, :2]
    assert said(boxes).startswith("box-form: ")
    assert f"of the {number} rectangles" in said(boxes)
    assert "100 % would fit as left, top, width, height in pixels" in said(boxes)


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (2, 3, 0, 1), (2, 1, 0, 3), (0, 3, 2, 1)])
@pytest.mark.parametrize("seed", range(5))
def test_corners_are_corners_from_whichever_they_are_drawn(order, seed):
    boxes = rectangles(40, seed)
    assert not said(boxes[:, order])
    boxes[::3] = boxes[::3][:, order]
    assert not said(boxes)


def test_few_or_all_in_one_corner_tell_nothing():
    boxes = rectangles(7)
    boxes[:, 2:] -= boxes[:, :2]
    assert not said(boxes)
    assert not said(rectangles(40)[:, [2, 3, 0, 1]] / 2)
    assert not said(np.zeros((0, 4)))
