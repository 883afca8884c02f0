"""Painting an image into a canvas under an affine map."""

import math

import cv2
import numpy as np
import numpy.typing as npt

from boxwright.data.transforms.affine_map import (
    Matrix,
    corners_of,
    is_upright,
    map_points,
    scaling,
    translation,
)

Pixels = npt.NDArray[np.uint8]

# cv2 puts the centre of pixel 0 at 0, the maps at 0.5.
_TO_CENTRES, _FROM_CENTRES = translation(-0.5, -0.5), translation(0.5, 0.5)


def paint(canvas: Pixels, image: Pixels, matrix: Matrix) -> None:
    """Warps an image into a canvas, in place; what the image does not cover keeps its colour.

    A canvas pixel is covered if its centre comes from inside the image. Images that share an edge therefore leave
    neither a gap nor an overlap. Only the part of the canvas that can be covered is computed. An image that is
    made smaller by two or more is first averaged over blocks of 2, 4, 8 … pixels, since bilinear reading would
    skip pixels.

    Args:
        canvas: `height width 3`, changed.
        image: `height width 3`.
        matrix: From image to canvas coordinates.
    """
    size = (image.shape[0], image.shape[1])
    corners = map_points(matrix, corners_of(size))
    limits = (canvas.shape[1], canvas.shape[0])
    left, top = (max(0, math.ceil(low - 0.5)) for low in corners.min(axis=0))
    right, bottom = (min(n, math.ceil(high - 0.5)) for n, high in zip(limits, corners.max(axis=0), strict=True))
    if left >= right or top >= bottom:
        return
    part = canvas[top:bottom, left:right]
    matrix = translation(float(-left), float(-top)) @ matrix
    source, matrix = averaged(image, matrix)
    if is_upright(matrix):
        warp(source, matrix, part)
        return
    warped = np.empty(part.shape, np.uint8)
    warp(source, matrix, warped)
    cv2.copyTo(warped, _covered(matrix, source.shape[:2], part.shape[:2]), part)


def warp(source: Pixels, matrix: Matrix, target: Pixels, border: int = cv2.BORDER_REPLICATE) -> None:
    """Reads every pixel of the target from the source, between its pixels.

    Args:
        source: One channel or several.
        matrix: From source to target coordinates.
        target: Filled in place.
        border: What lies outside of the source: its edge (replicate) or 0 (constant).
    """
    height, width = target.shape[:2]
    inverse = np.linalg.inv(_TO_CENTRES @ matrix @ _FROM_CENTRES)[:2]
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    cv2.warpAffine(source, inverse, (width, height), dst=target, flags=flags, borderMode=border)


def averaged(image: Pixels, matrix: Matrix) -> tuple[Pixels, Matrix]:
    """Averages an image that is made smaller by two or more over blocks of 2, 4, 8 … pixels.

    Args:
        image: One channel or several.
        matrix: From image to canvas coordinates.

    Returns:
        The smaller image, and the map from its coordinates.
    """
    shrinking = 1 / math.sqrt(abs(np.linalg.det(matrix[:2, :2])))
    # the hair keeps an exact half from being missed by rounding
    factor = 2 ** max(0, math.floor(math.log2(shrinking + 1e-6)))
    if factor == 1:
        return image, matrix
    height, width = image.shape[:2]
    small = (max(1, round(width / factor)), max(1, round(height / factor)))
    resized = np.asarray(cv2.resize(image, small, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    return resized, matrix @ scaling(width / small[0], height / small[1])


def _covered(matrix: Matrix, source_size: tuple[int, ...], target_size: tuple[int, ...]) -> Pixels:
    """Marks the target pixels whose centres come from inside the source."""
    inverse = np.linalg.inv(matrix)
    x = np.arange(target_size[1]) + 0.5
    y = np.arange(target_size[0])[:, None] + 0.5
    source_x = inverse[0, 0] * x + (inverse[0, 1] * y + inverse[0, 2])
    source_y = inverse[1, 0] * x + (inverse[1, 1] * y + inverse[1, 2])
    height, width = source_size
    inside = (source_x >= 0) & (source_x < width) & (source_y >= 0) & (source_y < height)
    return np.asarray(inside, dtype=np.uint8)
