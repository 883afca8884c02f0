"""Affine maps of the plane as 3×3 matrices acting on column vectors (x, y, 1).

Coordinates are continuous: pixel i covers i to i + 1, so its centre is i + 0.5.
"""

import math

import numpy as np
import numpy.typing as npt
import torch
from jaxtyping import Float
from torch import Tensor

from boxwright.geometry.letterbox import Letterbox

Matrix = npt.NDArray[np.float64]


def translation(x: float, y: float) -> Matrix:
    """Builds the map that adds (x, y)."""
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1]], dtype=np.float64)


def scaling(x: float, y: float) -> Matrix:
    """Builds the map that multiplies by (x, y)."""
    return np.diag([x, y, 1]).astype(np.float64)


def rotation(degrees: float) -> Matrix:
    """Builds the map that turns around the origin, clockwise on the screen for positive angles."""
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]], dtype=np.float64)


def shearing(x_degrees: float, y_degrees: float) -> Matrix:
    """Builds the map that moves x by tan(x_degrees)·y and y by tan(y_degrees)·x."""
    x, y = math.tan(math.radians(x_degrees)), math.tan(math.radians(y_degrees))
    return np.array([[1, x, 0], [y, 1, 0], [0, 0, 1]], dtype=np.float64)


def letterboxing(letterbox: Letterbox) -> Matrix:
    """Builds the map from original pixels to canvas pixels of a letterbox."""
    vertical, horizontal = letterbox.scale
    return translation(letterbox.pad[1], letterbox.pad[0]) @ scaling(horizontal, vertical)


def is_upright(matrix: Matrix) -> bool:
    """Says whether a map keeps axis-parallel rectangles axis-parallel and not mirrored."""
    no_turn = matrix[0, 1] == 0 and matrix[1, 0] == 0
    return bool(no_turn and matrix[0, 0] > 0 and matrix[1, 1] > 0)


def corners_of(size: tuple[int, int]) -> npt.NDArray[np.float64]:
    """Gives the four corners of an image as `4 2` points.

    Args:
        size: Height and width in pixels.
    """
    height, width = size
    return np.array([[0, 0], [width, 0], [0, height], [width, height]], dtype=np.float64)


def map_points(matrix: Matrix, points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Moves points, whose last axis is (x, y)."""
    return points @ matrix[:2, :2].T + matrix[:2, 2]


def map_boxes(matrix: Matrix, boxes: Float[Tensor, "boxes 4"]) -> Float[Tensor, "boxes 4"]:
    """Moves xyxy boxes: the smallest upright box around the four moved corners, not clipped."""
    corners = boxes.double().numpy()[:, [0, 1, 2, 1, 0, 3, 2, 3]].reshape(-1, 4, 2)
    moved = map_points(matrix, corners)
    return torch.from_numpy(np.concatenate((moved.min(axis=1), moved.max(axis=1)), axis=1)).to(boxes.dtype)
