"""Whether the numbers in the columns of packed data are such as a reader of data would have given."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

_AT_ONCE = 2**16  # images
_FEWEST_POINTS = 3  # of a ring


def fault_of_values(arrays: Mapping[str, npt.NDArray[Any]], classes: int) -> str | None:
    """Says what is wrong with the values of columns that fit each other; None for sound ones.

    What is drawn of masks is checked when it is drawn.

    Args:
        arrays: By column.
        classes: Labels are less than this.
    """
    labels, boxes = arrays["labels"], arrays["boxes"]
    if len(labels) and (labels.min() < 0 or labels.max() >= classes or not bool(np.isfinite(boxes).all())):
        return "labels or boxes are out of their range"
    if not len(arrays["sizes"]):
        return None
    if arrays["sizes"].min() < 1 or arrays["shard"].min() < 0 or arrays["start"].min() < 0:
        return "sizes or places of images are out of their range"
    if arrays["length"].min() < 0:
        return "lengths of images are under 0"
    if bool((np.char.str_len(arrays["paths"]) == 0).any()):
        return "an image has no path"
    ids = np.sort(arrays["image_ids"])
    if bool((ids[1:] == ids[:-1]).any()):
        return "two images have one id"
    if not _are_within(boxes, arrays["offsets"], arrays["sizes"]):
        return "boxes lie outside of their images"
    if not bool((np.isfinite(arrays["areas"]) & (arrays["areas"] >= 0)).all()):
        return "areas are out of their range"
    if "rings" in arrays and bool((np.diff(arrays["ring_points"]) < _FEWEST_POINTS).any()):
        return f"a ring of a mask has fewer than {_FEWEST_POINTS} points"
    return None


def _are_within(boxes: npt.NDArray[Any], offsets: npt.NDArray[Any], sizes: npt.NDArray[Any]) -> bool:
    for first in range(0, len(sizes), _AT_ONCE):
        ends = offsets[first : first + _AT_ONCE + 1]
        some = boxes[ends[0] : ends[-1]]
        frames = np.repeat(sizes[first : first + _AT_ONCE, ::-1], np.diff(ends), axis=0)
        is_within = (some[:, :2] >= 0) & (some[:, :2] <= some[:, 2:]) & (some[:, 2:] <= frames)
        if not is_within.all():
            return False
    return True
