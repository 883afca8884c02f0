"""Shifts between pictures of one size, by comparing all of them with all."""

from collections.abc import Iterator, Sequence
from itertools import product

import cv2
import numpy as np
from jaxtyping import UInt8

_LONGEST_SIDE = 80  # pixels; a twentieth of a millisecond per pair
_LEAST_PEAK = 5.0  # standard deviations; shifted pictures may be no clearer, so a correlation follows
_LEAST_CORRELATION = 0.8  # of the small pictures, where a pixel is a large step

Grey = UInt8[np.ndarray, "_height _width"]


def correlation(first: Grey, second: Grey, row: int, column: int) -> float:
    """Gives the correlation of the grey values of two pictures in their common part, -1 where there is none.

    Args:
        first: One picture.
        second: The other, of the same size, which shows at (y + row, x + column) what the first shows at (y, x).
        row: Pixels down.
        column: Pixels to the right.
    """
    here, there = overlap(first, -row, -column), overlap(second, row, column)
    if not here.size:
        return -1.0
    a, b = here.astype(np.float32).reshape(-1), there.astype(np.float32).reshape(-1)
    a, b = a - a.mean(), b - b.mean()
    length = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / length if length > 0 else -1.0


def overlap(picture: Grey, row: int, column: int) -> Grey:
    """Cuts off what a picture shifted by so many pixels does not have.

    Args:
        picture: The picture.
        row: Pixels down; where above 0, as many rows are cut off at the top, else at the bottom.
        column: Pixels to the right, likewise.
    """
    height, width = picture.shape
    return picture[max(row, 0) : height + min(row, 0), max(column, 0) : width + min(column, 0)]


def shifted_pairs(pictures: Sequence[Grey], least_common: float) -> Iterator[tuple[int, int, tuple[float, float]]]:
    """Gives pairs of pictures of which one may be the other, shifted by (x, y) pixels.

    The cost grows with the pairs, about five seconds for 500 pictures.

    Source: Kuglin and Hines, The phase correlation image alignment method, 1975.

    Args:
        pictures: Of one size.
        least_common: Common part, as a fraction of the picture, from which a pair counts.
    """
    if len(pictures) < 2:
        return
    height, width = pictures[0].shape
    factor = min(1.0, _LONGEST_SIDE / max(height, width))
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    small = np.stack([cv2.resize(picture, size, interpolation=cv2.INTER_AREA) for picture in pictures])
    grey = small.astype(np.float32)
    waves = np.fft.rfft2(grey - grey.mean(axis=(1, 2), keepdims=True))
    waves /= np.abs(waves) + 1e-3
    for first in range(len(small) - 1):
        peaks = np.fft.irfft2(waves[first].conj() * waves[first + 1 :], s=small.shape[1:])
        peaks = peaks.reshape(len(peaks), -1)
        height_of_peak = peaks.max(axis=1) - peaks.mean(axis=1)
        for rest in np.flatnonzero(height_of_peak > _LEAST_PEAK * peaks.std(axis=1)).tolist():
            second = first + 1 + rest
            value, row, column = _best(small[first], small[second], int(peaks[rest].argmax()), least_common)
            if value >= _LEAST_CORRELATION:
                yield first, second, (column * width / size[0], row * height / size[1])


def _best(first: Grey, second: Grey, peak: int, least_common: float) -> tuple[float, int, int]:
    """Gives correlation and shift at a peak, or beside it, or where it lies once around the picture."""
    height, width = first.shape
    row, column = divmod(peak, width)
    near = product((row - height, row), (column - width, column), (-1, 0, 1), (-1, 0, 1))
    shifts = {(y + dy, x + dx) for y, x, dy, dx in near}
    least = 0.8 * least_common * first.size  # small pictures say it roughly
    wide = [(y, x) for y, x in shifts if max(0, height - abs(y)) * max(0, width - abs(x)) >= least]
    return max(((correlation(first, second, *shift), *shift) for shift in wide), default=(-1.0, 0, 0))
