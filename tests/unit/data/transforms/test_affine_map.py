import numpy as np
import pytest
import torch

from boxwright.data.transforms.affine_map import (
    corners_of,
    is_upright,
    letterboxing,
    map_boxes,
    map_points,
    rotation,
    scaling,
    shearing,
    translation,
)
from boxwright.geometry.letterbox import fit_letterbox


def test_parts_move_points_as_named() -> None:
    point = np.array([2.0, 3.0])
    assert map_points(translation(10.0, 20.0), point) == pytest.approx([12, 23])
    assert map_points(scaling(10.0, 20.0), point) == pytest.approx([20, 60])
    assert map_points(rotation(90.0), point) == pytest.approx([-3, 2])
    assert map_points(shearing(45.0, 0.0), point) == pytest.approx([5, 3])
    assert map_points(shearing(0.0, 45.0), point) == pytest.approx([2, 5])


def test_letterboxing_is_the_letterbox() -> None:
    letterbox = fit_letterbox((37, 91), (64, 80))
    boxes = torch.tensor([[0.0, 0, 91, 37], [3, 4, 50, 6]])
    assert torch.allclose(map_boxes(letterboxing(letterbox), boxes), letterbox.to_canvas(boxes))


def test_turned_box_is_the_box_around_it() -> None:
    turned = map_boxes(rotation(45.0), torch.tensor([[-1.0, -1, 1, 1]]))
    assert turned.flatten().tolist() == pytest.approx([-(2**0.5), -(2**0.5), 2**0.5, 2**0.5])


def test_no_boxes() -> None:
    assert map_boxes(rotation(45.0), torch.zeros(0, 4)).shape == (0, 4)


def test_corners() -> None:
    assert corners_of((3, 5)).tolist() == [[0, 0], [5, 0], [0, 3], [5, 3]]


def test_upright() -> None:
    assert is_upright(translation(1.0, 2.0) @ scaling(2.0, 3.0) @ rotation(0.0) @ shearing(0.0, 0.0))
    assert not is_upright(rotation(1.0))
    assert not is_upright(shearing(1.0, 0.0))
    assert not is_upright(scaling(-1.0, 1.0))
    assert not is_upright(rotation(180.0))
