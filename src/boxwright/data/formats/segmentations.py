"""The outlines and run lengths of a whole data set as a few flat arrays."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
import torch
from jaxtyping import Float64, Int64, UInt8

from boxwright.errors import DataError
from boxwright.geometry.column_runs import ColumnRuns, fill_runs
from boxwright.geometry.polygon_runs import polygon_runs
from boxwright.geometry.run_length_encoding import read_counts, runs_of_counts, write_counts
from boxwright.structures import InstanceMasks

LONGEST_OUTLINE = 1_000_000
"""Pixels; what draws polygons takes memory for each."""

_DRAWN_AT_ONCE = 64e6  # pixels of the windows of masks that are drawn together, some 10 bytes each
_AT_ONCE = 2**16  # rings, or objects, that are picked together
_PER_STEP = 60  # what a pixel of an outline takes, in these

# What COCO calls a segmentation: rings x, y, x, y …, or {"size": [height, width], "counts": …}, or nothing.
Segmentation: TypeAlias = Sequence[Any] | dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Segmentations:
    """The segmentation of every object as it was written, so that nothing is lost when it is written again.

    Flat arrays for the same reason as in `AnnotationTable`. An object has rings, or run lengths, or neither.

    Args:
        rings: The rings of object i are `rings[i]` to `rings[i + 1]`.
        ring_points: The points of ring r are `ring_points[r]` to `ring_points[r + 1]`.
        points: x, y in pixels.
        texts: The compressed run lengths of object i are `texts[i]` to `texts[i + 1]`; none for most objects.
        text: Run lengths of all objects, in COCO's compressed form.
    """

    rings: Int64[np.ndarray, "objects_1"]
    ring_points: Int64[np.ndarray, "rings_1"]
    points: Float64[np.ndarray, "points 2"]
    texts: Int64[np.ndarray, "objects_1"]
    text: UInt8[np.ndarray, "characters"]

    @classmethod
    def from_raw(cls, entries: Sequence[Segmentation]) -> "Segmentations":
        """Flattens segmentations that were checked (see `sound_segmentation`).

        Args:
            entries: One per object. Run lengths that are not compressed are compressed.
        """
        outlines = [entry if isinstance(entry, list | tuple) else () for entry in entries]
        rings = [np.asarray(ring, dtype=np.float64).reshape(-1, 2) for outline in outlines for ring in outline]
        texts = [_text_of(entry) if isinstance(entry, dict) else b"" for entry in entries]
        return cls(
            _offsets([len(outline) for outline in outlines]),
            _offsets([len(ring) for ring in rings]),
            np.concatenate([*rings, np.zeros((0, 2))]),
            _offsets([len(text) for text in texts]),
            np.frombuffer(b"".join(texts), dtype=np.uint8),
        )

    def __len__(self) -> int:
        """Number of objects."""
        return len(self.rings) - 1

    def has_mask(self, row: int) -> bool:
        """Says whether an object has rings or run lengths.

        Args:
            row: Which object.
        """
        return bool(self.rings[row] < self.rings[row + 1] or self.texts[row] < self.texts[row + 1])

    def raw(self, row: int, size: tuple[int, int]) -> Segmentation:
        """Gives one segmentation as COCO writes it.

        Args:
            row: Which object.
            size: Height and width of its image in pixels.
        """
        text = self.text[self.texts[row] : self.texts[row + 1]]
        if len(text):
            return {"size": list(size), "counts": text.tobytes().decode("ascii")}
        bounds = self.ring_points[self.rings[row] : self.rings[row + 1] + 1].tolist()
        outline = [self.points[first:last].reshape(-1).tolist() for first, last in pairwise(bounds)]
        return outline or None

    def take(self, order: Int64[np.ndarray, "chosen"]) -> "Segmentations":
        """Picks objects in a new order.

        Args:
            order: Which objects.
        """
        rings, chosen = _taken(np.arange(len(self.ring_points) - 1), self.rings, order)
        ring_points, points = _taken(self.points, self.ring_points, chosen)
        return Segmentations(rings, ring_points, points, *_taken(self.text, self.texts, order))

    def masks(
        self,
        first: int,
        last: int,
        size: tuple[int, int],
        regions: dict[int, tuple[int, int, int, int]] | None = None,
    ) -> InstanceMasks:
        """Draws the masks of the objects of one image; an object with neither rings nor run lengths has an empty one.

        Args:
            first: Its first object.
            last: The object after its last.
            size: Height and width of the image in pixels.
            regions: Whole-pixel xyxy rectangles that stand in for the masks of some of the objects, from 0.

        Raises:
            DataError: One cannot be drawn. Readers check them, so this is for arrays that come from elsewhere.
        """
        parts = []
        areas = {row: (x2 - x1) * (y2 - y1) for row, (x1, y1, x2, y2) in (regions or {}).items()}
        for start, stop in self._groups(first, last, size, areas):
            own = {row - (start - first): box for row, box in (regions or {}).items() if start <= first + row < stop}
            parts.append(self._drawn(start, stop, size, own))
        return InstanceMasks.concatenate(parts)

    def _groups(self, first: int, last: int, size: tuple[int, int], areas: dict[int, int]) -> list[tuple[int, int]]:
        """Divides the objects of an image into groups to draw at once: many large ones would add up in the memory."""
        weights = np.where(np.diff(self.texts[first : last + 1]) > 0, size[0] * size[1], 0).astype(np.float64)
        weights[list(areas)] += list(areas.values())
        points, bounds, owner = self._outlines(first, last)
        if len(owner):
            starts = bounds[:-1] - bounds[0]
            lengths = _lengths(points, starts, owner)
            sides = np.maximum.reduceat(points, starts) - np.minimum.reduceat(points, starts)
            np.add.at(weights, owner, sides.clip(0, size[::-1]).prod(axis=1))
            weights[: len(lengths)] += _PER_STEP * lengths
        group, cuts = 0.0, [first]
        for row, weight in enumerate(weights.tolist(), start=first):
            if group and group + weight > _DRAWN_AT_ONCE:
                group = 0.0
                cuts.append(row)
            group += weight
        return list(pairwise([*cuts, last]))

    def _outlines(self, first: int, last: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Gives the points of the rings of some objects, where each ring begins and ends, and the object of each."""
        ring_of = self.rings[first : last + 1]
        bounds = self.ring_points[ring_of[0] : ring_of[-1] + 1]
        return self.points[bounds[0] : bounds[-1]], bounds, np.repeat(np.arange(last - first), np.diff(ring_of))

    def _drawn(
        self, first: int, last: int, size: tuple[int, int], regions: dict[int, tuple[int, int, int, int]]
    ) -> InstanceMasks:
        points, bounds, owner = self._outlines(first, last)
        rings = torch.from_numpy(np.diff(bounds))
        drawn = [polygon_runs(torch.from_numpy(points.copy()), rings, torch.from_numpy(owner), size)]
        for row in np.flatnonzero(np.diff(self.texts[first : last + 1])).tolist():
            text = self.text[self.texts[first + row] : self.texts[first + row + 1]].tobytes()
            start, end = runs_of_counts(_covering(read_counts(text), size[0] * size[1]))
            drawn.append(ColumnRuns(torch.full_like(start, row), start, end))
        drawn += [_rectangle(row, box, size[0]) for row, box in regions.items()]
        runs = ColumnRuns(*(torch.cat(column) for column in zip(*drawn, strict=True)))
        return InstanceMasks.from_crops(*fill_runs(runs, last - first, size[0]), size)


def _text_of(entry: dict[str, Any]) -> bytes:
    counts = entry["counts"]
    if isinstance(counts, list | tuple):
        counts = write_counts(torch.tensor(counts, dtype=torch.int64))
    return counts.encode("ascii") if isinstance(counts, str) else bytes(counts)


def _lengths(points: np.ndarray, starts: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """Gives the length of the outline of each object, in pixels.

    Raises:
        DataError: One takes more memory than any outline should, or is of numbers that are none.
    """
    is_finite = bool(np.isfinite(points).all())
    if is_finite:
        steps = np.abs(np.diff(points, axis=0, append=points[-1:])).max(axis=1)
        steps[starts[1:] - 1] = 0  # no line leads from a ring to the next
        lengths: np.ndarray = np.bincount(owner, np.add.reduceat(steps, starts))
    if not is_finite or lengths.max() > LONGEST_OUTLINE:
        raise DataError(f"an outline has to be finite, and of {LONGEST_OUTLINE:,} pixels at most")
    return lengths


def _covering(lengths: torch.Tensor, pixels: int) -> torch.Tensor:
    """Requires that run lengths are those of a mask of so many pixels; others would take any memory.

    Raises:
        DataError: They are not.
    """
    is_one = not bool(((lengths < 0) | (lengths > pixels)).any()) and int(lengths.sum()) == pixels
    if not is_one:
        raise DataError(f"run lengths do not cover the {pixels:,} pixels of the image")
    return lengths


def _rectangle(row: int, box: tuple[int, int, int, int], height: int) -> ColumnRuns:
    x1, y1, x2, y2 = box
    columns = torch.arange(x1, x2 if y2 > y1 else x1) * height
    return ColumnRuns(torch.full_like(columns, row), columns + y1, columns + y2)


def _offsets(lengths: Sequence[int]) -> Int64[np.ndarray, "offsets"]:
    return np.concatenate(([0], np.cumsum(np.array(lengths, dtype=np.int64)))).astype(np.int64)


def _taken(values: np.ndarray, offsets: np.ndarray, order: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Gives the offsets of the chosen segments put one after the other, and their elements."""
    lengths = np.diff(offsets)[order]
    new = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
    found = np.empty((int(new[-1]), *values.shape[1:]), values.dtype)
    for first in range(0, len(order), _AT_ONCE):  # where each element is takes as much memory as the element itself
        last = min(first + _AT_ONCE, len(order))
        shifts = np.repeat(offsets[:-1][order[first:last]] - new[first:last], lengths[first:last])
        found[new[first] : new[last]] = values[np.arange(new[first], new[last]) + shifts]
    return new, found
