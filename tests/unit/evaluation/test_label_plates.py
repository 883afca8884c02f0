import numpy as np
import pytest

from boxwright.evaluation.label_plates import draw_plates

RED = (200, 0, 0)


def drawn(boxes, texts=None, size=(240, 320)) -> tuple[np.ndarray, np.ndarray]:
    image, boxes = np.full((*size, 3), 128, np.uint8), [tuple(map(float, box)) for box in boxes]
    draw_plates(image, boxes, texts or ["cell 0.90"] * len(boxes), [(10 * n + 10, 0, 0) for n in range(len(boxes))])
    return image, (image != 128).any(axis=2)


def test_a_plate_lies_on_its_box():
    image, changed = drawn([(100.0, 100, 200, 200)])
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    assert (rows[-1], columns[0]) == (99, 100)
    assert (image[changed] == (255, 255, 255)).all(axis=1).any()
    assert tuple(image[rows[0], columns[0]]) == (10, 0, 0)


@pytest.mark.parametrize(
    "box", [(0, 0, 320, 240), (-50, -50, 0, 0), (310, 230, 320, 240), (400, 400, 500, 500), (0, 239, 1, 240)]
)
def test_a_plate_is_never_cut_off(box):
    alone = drawn([(100.0, 100, 200, 200)])[1].sum()
    assert drawn([box])[1].sum() == alone


def test_plates_of_neighbours_do_not_hide_each_other():
    image, _ = drawn([(100.0, 100, 200, 200), (101.0, 101, 199, 199), (102.0, 99, 200, 201)])
    areas = [(image == (10 * n + 10, 0, 0)).all(axis=2).sum() for n in range(3)]
    assert areas[0] == areas[1] == areas[2] > 0


@pytest.mark.parametrize("size", [(8, 8), (1, 300), (300, 1)])
def test_images_smaller_than_a_plate(size):
    assert drawn([(0.0, 0, 5, 5)], size=size)[0].shape == (*size, 3)
