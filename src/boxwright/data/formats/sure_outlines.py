"""Judging the outlines of thousands of objects at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from jaxtyping import Bool, Float64, Int64

from boxwright.data.formats.object_mask import NEAR
from boxwright.data.formats.segmentation_check import FEWEST_POINTS, SURE_AREA
from boxwright.data.formats.segmentations import LONGEST_OUTLINE, Segmentations

_MARGIN = 2.0  # times the bounds of what is judged one by one, whose sums are rounded in another order


@dataclass(frozen=True, slots=True)
class SureOutlines:
    """Outlines about which `object_mask` has nothing to say; all others have to be judged by it, one by one.

    Args:
        is_sure: Which objects have such an outline.
        bounds: Of the points of each of these, xyxy.
        segmentations: Their outlines.
    """

    is_sure: Bool[np.ndarray, "objects"]
    bounds: Float64[np.ndarray, "sure 4"]
    segmentations: Segmentations

    @classmethod
    def among(
        cls,
        found: Sequence[Any],
        boxes: Float64[np.ndarray, "objects 4"],
        sizes: Int64[np.ndarray, "objects 2"],
        is_ignored: Bool[np.ndarray, "objects"],
    ) -> "SureOutlines":
        """Finds them.

        Args:
            found: What stands for the mask of each object, as it was parsed.
            boxes: Of the objects, xyxy in pixels.
            sizes: Height and width of the image of each.
            is_ignored: Which are crowds or difficult.
        """
        places = np.array([place for place, each in enumerate(found) if _is_rings(each)], dtype=np.int64)
        try:
            flat = _flat([found[place] for place in places.tolist()])
        except OverflowError:  # a whole number that no float holds
            places, flat = places[:0], _flat([])
        is_sure = np.zeros(len(found), dtype=np.bool_)
        if not len(places):
            return cls(is_sure, np.zeros((0, 4)), flat)
        with np.errstate(invalid="ignore", over="ignore"):  # of numbers that are none
            bounds, is_large = _measured(flat)
        sides = sizes[places][:, ::-1]
        is_inside = (bounds[:, :2] >= 0).all(axis=1) & (bounds[:, 2:] <= sides).all(axis=1)
        is_near = (np.abs(bounds - boxes[places]) <= NEAR).all(axis=1) | is_ignored[places]
        kept = is_large & is_inside & is_near & _touches(flat, sides)
        is_sure[places] = kept
        chosen = flat if kept.all() else flat.take(np.flatnonzero(kept))
        return cls(is_sure, bounds[kept], chosen)


def _is_rings(found: Any) -> bool:
    """Says whether something is a list of lists of pairs of numbers, each long enough."""
    if type(found) is not list or not found:
        return False
    return all(
        type(ring) is list
        and len(ring) >= 2 * FEWEST_POINTS
        and len(ring) % 2 == 0
        and set(map(type, ring)) <= {int, float}
        for ring in found
    )


def _flat(outlines: Sequence[list[Any]]) -> Segmentations:
    rings = list(chain.from_iterable(outlines))
    ends = [np.cumsum([0, *map(len, group)], dtype=np.int64) for group in (outlines, rings)]
    points = np.array(list(chain.from_iterable(rings)), dtype=np.float64).reshape(-1, 2)
    none = np.zeros(len(outlines) + 1, dtype=np.int64)
    return Segmentations(ends[0], ends[1] // 2, points, none, np.zeros(0, dtype=np.uint8))


def _measured(flat: Segmentations) -> tuple[np.ndarray, np.ndarray]:
    """Gives the box around each outline, and whether it is surely large enough to be seen, and not too long."""
    points, starts, firsts = flat.points, flat.ring_points[:-1], flat.rings[:-1]
    following = np.arange(1, len(points) + 1)
    following[flat.ring_points[1:] - 1] = starts
    after = points[following]
    areas = np.abs(np.add.reduceat(points[:, 0] * after[:, 1] - after[:, 0] * points[:, 1], starts)) / 2
    lengths = np.add.reduceat(np.abs(after - points).max(axis=1), starts)
    is_large = np.maximum.reduceat(areas, firsts) >= _MARGIN * SURE_AREA
    is_large &= np.add.reduceat(lengths, firsts) <= LONGEST_OUTLINE / _MARGIN
    objects = flat.ring_points[firsts]
    low, high = np.minimum.reduceat(points, objects), np.maximum.reduceat(points, objects)
    return np.concatenate((low, high), axis=1), is_large


def _touches(flat: Segmentations, sides: np.ndarray) -> np.ndarray:
    """Says of which outlines no ring lies on the edge of the image alone."""
    starts = flat.ring_points[:-1]
    low, high = np.minimum.reduceat(flat.points, starts), np.maximum.reduceat(flat.points, starts)
    is_within = (high > 0).all(axis=1) & (low < np.repeat(sides, np.diff(flat.rings), axis=0)).all(axis=1)
    touches: np.ndarray = np.logical_and.reduceat(is_within, flat.rings[:-1])
    return touches
