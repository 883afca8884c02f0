"""Points of a picture that are found again in another picture of the same place."""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

LONGEST_SIDE = 320
"""Pixels; larger pictures are shrunk before points are sought."""

_MOST, _FEWEST, _OF_ALL = 256, 32, 1_000_000  # points per image, and of all together
_THRESHOLD = 5  # of the corner detector; microscope images have little contrast


@dataclass(frozen=True, slots=True)
class ViewFeatures:
    """Points with their binary descriptors (ORB at one scale, since shifted views have one scale).

    Args:
        points: x, y in the shrunk picture.
        descriptors: 256 bits each.
        size: Height and width of the shrunk picture.
    """

    points: Float32[np.ndarray, "features 2"]
    descriptors: UInt8[np.ndarray, "features 32"]
    size: tuple[int, int]


def shrunk(grey: UInt8[np.ndarray, "_height _width"]) -> UInt8[np.ndarray, "_small_height _small_width"]:
    """Shrinks a picture so that its longest side is `LONGEST_SIDE`; a smaller one stays as it is.

    Args:
        grey: The picture.
    """
    factor = LONGEST_SIDE / max(grey.shape)
    if factor >= 1:
        return grey
    height, width = (max(1, round(side * factor)) for side in grey.shape)
    return np.asarray(cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def view_features(grey: UInt8[np.ndarray, "_height _width"], most: int) -> ViewFeatures:
    """Finds the strongest corners of a picture.

    Source: Rublee et al., ORB: an efficient alternative to SIFT or SURF, ICCV 2011.

    Args:
        grey: The picture.
        most: Number of points at most.
    """
    small = shrunk(grey)
    detector = cv2.ORB.create(nfeatures=most, nlevels=1, fastThreshold=_THRESHOLD)
    found, descriptors = detector.detectAndCompute(small, None)
    if not len(found):  # then there are no descriptors either
        return ViewFeatures(np.zeros((0, 2), np.float32), np.zeros((0, 32), np.uint8), (small.shape[0], small.shape[1]))
    points = np.array([point.pt for point in found], dtype=np.float32).reshape(-1, 2)
    return ViewFeatures(points, np.asarray(descriptors, dtype=np.uint8), (small.shape[0], small.shape[1]))


def features_per_image(images: int) -> int:
    """Deals out points so that comparing all images stays cheap.

    Args:
        images: How many there are.

    Returns:
        Points to seek in each; 0 if there would be too few to find anything by.
    """
    most = min(_MOST, _OF_ALL // max(images, 1))
    return most if most >= _FEWEST else 0
