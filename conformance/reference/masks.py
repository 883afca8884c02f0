"""Masks: cut to boxes, and enlarged. Source: YOLACT, Bolya et al. 2019, section 3.1."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Taps = list[tuple[int, float]]


def is_inside(row: int, column: int, box: Sequence[float]) -> bool:
    """Says whether x1 ≤ column < x2 and y1 ≤ row < y2: indices, without half a pixel."""
    return box[0] <= column < box[2] and box[1] <= row < box[3]


def crop(mask: NDArray[np.float64], box: Sequence[float]) -> NDArray[np.float64]:
    """Gives the mask with every pixel outside the box set to 0."""
    result = np.zeros_like(mask)
    for row in range(mask.shape[0]):
        for column in range(mask.shape[1]):
            if is_inside(row, column, box):
                result[row, column] = mask[row, column]
    return result


def nearest(place: int, length: int, source_length: int) -> int:
    """Gives the pixel of the source whose place, rounded down, answers for a pixel of the result."""
    return min(place * source_length // length, source_length - 1)


def linear_taps(place: int, length: int, source_length: int) -> Taps:
    """Gives the two pixels of the source around a pixel's centre, and their weights (corners not aligned)."""
    position = min(max((place + 0.5) * source_length / length - 0.5, 0.0), source_length - 1.0)
    first = math.floor(position)
    return [(first, first + 1 - position), (min(first + 1, source_length - 1), position - first)]


def detection_mask(logits: NDArray[np.float64], box: Sequence[float], image: Sequence[int]) -> NDArray[np.bool_]:
    """Gives the pixels of an image (height, width) whose enlarged logit is over 0 and that lie in the predicted box.

    The logits are enlarged first and cut at the image's own pixels; cutting first smears the edge of the box.
    """
    result = np.zeros(tuple(image), dtype=bool)
    columns = [linear_taps(column, image[1], logits.shape[1]) for column in range(image[1])]
    for row in range(image[0]):
        taps = linear_taps(row, image[0], logits.shape[0])
        for column in range(image[1]):
            if is_inside(row, column, box):
                logit = sum(a * b * float(logits[y, x]) for y, a in taps for x, b in columns[column])
                result[row, column] = logit > 0
    return result
