"""What makes a segmentation usable, the same for every format."""

from typing import Any, NamedTuple

import numpy as np
import torch

from boxwright.data.formats.box_check import Corners, UnsoundError
from boxwright.data.formats.segmentations import LONGEST_OUTLINE, Segmentation
from boxwright.errors import DataError, counted
from boxwright.geometry.run_length_encoding import read_counts, runs_of_counts
from boxwright.structures import InstanceMasks

FEWEST_POINTS = 3
"""Of a ring."""

SURE_AREA = 16.0
"""Pixels from which a ring is not tried; it may miss every pixel column only where it is thin."""


class SoundSegmentation(NamedTuple):
    """A segmentation that can be drawn.

    Args:
        segmentation: Without the parts that cannot; None where there was nothing at all.
        dropped: What was left out of it, or an empty text.
        bounds: The smallest xyxy box around it in pixels of the image; None where there was nothing at all.
    """

    segmentation: Segmentation
    dropped: str
    bounds: Corners | None


NO_SEGMENTATION = SoundSegmentation(None, "", None)


def sound_segmentation(found: Any, size: tuple[int, int], shown: str) -> SoundSegmentation:
    """Checks a segmentation in COCO's form.

    A ring of fewer than 3 points, or outside the image, is left out as long as another one is left.

    Args:
        found: Rings `[[x, y, x, y, …], …]` in pixels, `{"size": [height, width], "counts": …}`, or nothing.
        size: Height and width of the image.
        shown: The image and the object, for the message.

    Raises:
        UnsoundError: Nothing of it can be drawn.
    """
    if found is None or (isinstance(found, list) and not found):
        return NO_SEGMENTATION
    if isinstance(found, dict):
        lengths = _checked_lengths(found, size, shown)
        return SoundSegmentation(found, "", _bounds_of_runs(lengths, size[0]))
    if not isinstance(found, list | tuple) or not all(isinstance(ring, list | tuple | np.ndarray) for ring in found):
        raise UnsoundError(
            "mask-form", f"{shown}: a segmentation must be a list of rings or an RLE, not {_shortened(found)}"
        )
    rings = [_numbers(ring, shown) for ring in found]
    faults = [_fault_of(ring, size) for ring in rings]
    kept = [ring for ring, fault in zip(rings, faults, strict=True) if fault is None]
    dropped = [fault for fault in faults if fault is not None]
    if not kept:
        code, message = dropped[0]
        raise UnsoundError(code, f"{shown}: {message}")
    outline = sum(float(np.abs(np.diff(ring.reshape(-1, 2), axis=0)).max(axis=1).sum()) for ring in kept)
    if outline > LONGEST_OUTLINE:
        raise UnsoundError(
            "polygon-long", f"{shown}: the outline is {outline:,.0f} pixels long; {LONGEST_OUTLINE:,} are allowed"
        )
    if _may_be_empty(kept, size) and not int(InstanceMasks.from_polygons([kept], size).areas[0]):
        raise UnsoundError("mask-empty", f"{shown}: the segmentation covers no pixel: {_shortened(found)}")
    return SoundSegmentation(kept, "; ".join(message for _, message in dropped), _bounds_of_rings(kept, size))


def _may_be_empty(rings: list[np.ndarray], size: tuple[int, int]) -> bool:
    """Says whether it is worth filling the rings to see: they are tiny or thin, or reach out of the image."""
    points = [ring.reshape(-1, 2) for ring in rings]
    if any((ring.min() < 0) or (ring > (size[1], size[0])).any() for ring in points):
        return True
    areas = [abs(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)) / 2 for x, y in (ring.T for ring in points)]
    return bool(max(areas) < SURE_AREA)


def _numbers(ring: Any, shown: str) -> np.ndarray:
    try:
        numbers = np.asarray(ring, dtype=np.float64).reshape(-1)
    except (TypeError, ValueError, OverflowError):
        numbers = np.array([np.nan])
    if not np.isfinite(numbers).all() or len(numbers) % 2:
        raise UnsoundError(
            "polygon-not-numbers",
            f"{shown}: a ring must be pairs of finite numbers x, y, x, y …; found {_shortened(ring)}",
        )
    return numbers


def _fault_of(ring: np.ndarray, size: tuple[int, int]) -> tuple[str, str] | None:
    points = ring.reshape(-1, 2)
    if len(points) < FEWEST_POINTS:
        return "polygon-short", f"a ring has {counted(len(points), 'point')} and encloses nothing"
    low, high = points.min(axis=0), points.max(axis=0)
    if (high <= 0).any() or (low >= (size[1], size[0])).any():
        return "mask-outside", f"a ring lies outside the {size[1]}×{size[0]} image: {_shortened(ring.tolist())}"
    return None


def _bounds_of_rings(rings: list[np.ndarray], size: tuple[int, int]) -> Corners:
    points = (rings[0] if len(rings) == 1 else np.concatenate(rings)).reshape(-1, 2)
    (left, top), (right, bottom) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    return max(left, 0.0), max(top, 0.0), min(right, float(size[1])), min(bottom, float(size[0]))


def _bounds_of_runs(lengths: torch.Tensor, height: int) -> Corners:
    start, end = runs_of_counts(lengths)
    first, last = start // height, (end - 1) // height
    is_long = bool((first != last).any())  # a run that goes on in the next column touches top and bottom
    top = 0 if is_long else int((start % height).min())
    bottom = height if is_long else int(((end - 1) % height).max()) + 1
    return float(first.min()), float(top), float(last.max() + 1), float(bottom)


def _checked_lengths(found: dict[str, Any], size: tuple[int, int], shown: str) -> torch.Tensor:
    lacking = [key for key in ("size", "counts") if key not in found]
    if lacking:
        raise UnsoundError("mask-form", f"{shown}: the RLE has no {' and no '.join(map(repr, lacking))}")
    if not isinstance(found["size"], list | tuple) or list(found["size"]) != list(size):
        raise UnsoundError(
            "rle-size", f"{shown}: the RLE has size {found['size']!r}, the image {list(size)} (height, width)"
        )
    counts = found["counts"]
    try:
        lengths = read_counts(counts) if isinstance(counts, str | bytes) else torch.tensor(counts, dtype=torch.int64)
    except (DataError, TypeError, ValueError, RuntimeError) as error:
        raise UnsoundError("rle-counts", f"{shown}: the counts of the RLE cannot be read ({error})") from error
    pixels = size[0] * size[1]  # a length beyond them could make the sum wrap around
    if lengths.ndim != 1 or bool(((lengths < 0) | (lengths > pixels)).any()) or int(lengths.sum()) != pixels:
        raise UnsoundError(
            "rle-counts",
            f"{shown}: the counts of the RLE cover {counted(int(lengths.sum()), 'pixel')}, the image has {pixels}",
        )
    if not int(lengths[1::2].sum()):
        raise UnsoundError("rle-empty", f"{shown}: the RLE has no pixel inside")
    return lengths


def _shortened(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 80 else text[:77] + "..."
