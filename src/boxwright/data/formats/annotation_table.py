"""The annotations of a whole data set as a few flat arrays."""

import os
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from jaxtyping import Bool, Float32, Int32, Int64

from boxwright.data.dataset import place_of
from boxwright.data.formats.segmentations import Segmentations
from boxwright.errors import BoxwrightError, DataError
from boxwright.structures import GroundTruth, ImageOrigin, InstanceMasks

# One object: position of its image, x1, y1, x2, y2, label, ignore, area.
Row = tuple[int, float, float, float, float, int, bool, float]
ROW_LENGTH = 8
"""Numbers of a row."""


@dataclass(frozen=True, slots=True)
class AnnotationTable:
    """All images and objects, column by column.

    Flat arrays, because worker processes then share the memory (counting references to a million small objects
    would copy it into every worker), and 800,000 boxes take about 30 MB.

    Args:
        paths: Image files, as the bytes that the system knows; they need not be UTF-8.
        image_ids: Their ids.
        sizes: Their heights and widths in pixels.
        offsets: The objects of image i are the rows `offsets[i]` to `offsets[i + 1]`.
        boxes: xyxy in pixels.
        labels: Class indices from 0.
        ignore: True for crowds.
        areas: Pixels.
        references: What the annotation file calls each object: its id, line or number, -1 if nothing.
        segmentations: The masks as they were written, or None where nobody asked for them.
    """

    paths: npt.NDArray[Any]
    image_ids: Int64[np.ndarray, "images"]
    sizes: Int32[np.ndarray, "images 2"]
    offsets: Int64[np.ndarray, "offsets"]
    boxes: Float32[np.ndarray, "targets 4"]
    labels: Int64[np.ndarray, "targets"]
    ignore: Bool[np.ndarray, "targets"]
    areas: Float32[np.ndarray, "targets"]
    references: Int64[np.ndarray, "targets"]
    segmentations: Segmentations | None = None

    @classmethod
    def build(
        cls,
        paths: Sequence[str],
        image_ids: Sequence[int],
        sizes: Sequence[tuple[int, int]],
        rows: "Sequence[Row] | array[float]",
        references: "Sequence[int] | array[int] | None" = None,
        segmentations: Segmentations | None = None,
    ) -> "AnnotationTable":
        """Sorts the objects by image, keeping their order within each.

        Args:
            paths: Image files.
            image_ids: Their ids.
            sizes: Their heights and widths in pixels.
            rows: The objects, in any order of images; or all their numbers in one array.
            references: What the annotation file calls each of them.
            segmentations: Their masks, in the order of the rows.
        """
        columns = np.asarray(rows, dtype=np.float64).reshape(-1, ROW_LENGTH)
        order = np.argsort(columns[:, 0], kind="stable")
        is_moved = bool((order[1:] < order[:-1]).any())  # else a copy would double the memory
        if is_moved:
            columns = columns[order]
        named = np.full(len(columns), -1) if references is None else np.array(references, dtype=np.int64).reshape(-1)
        counts = np.bincount(columns[:, 0].astype(np.int64), minlength=len(paths))
        return cls(
            np.array([os.fsencode(path) for path in paths], dtype=np.bytes_),
            np.array(image_ids, dtype=np.int64),
            np.array(sizes, dtype=np.int32).reshape(-1, 2),
            np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
            columns[:, 1:5].astype(np.float32),
            columns[:, 5].astype(np.int64),
            columns[:, 6].astype(np.bool_),
            columns[:, 7].astype(np.float32),
            named[order].astype(np.int64),
            segmentations.take(order) if is_moved and segmentations is not None else segmentations,
        )

    def __len__(self) -> int:
        """Number of images."""
        return len(self.image_ids)

    def path(self, position: int) -> str:
        """Gives the file of an image.

        Args:
            position: Of the image.
        """
        return os.fsdecode(self.paths[position])

    def all_paths(self) -> list[str]:
        """Gives the files of all images, in order."""
        return [os.fsdecode(path) for path in self.paths.tolist()]

    def take(self, positions: Sequence[int] | Int64[np.ndarray, "chosen"]) -> "AnnotationTable":
        """Picks images, with their objects, in a new order.

        Args:
            positions: Which images.
        """
        chosen = np.asarray(positions, dtype=np.int64)
        counts = np.diff(self.offsets)[chosen]
        offsets = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
        rows = np.arange(offsets[-1]) + np.repeat(self.offsets[:-1][chosen] - offsets[:-1], counts)
        return AnnotationTable(
            self.paths[chosen],
            self.image_ids[chosen],
            self.sizes[chosen],
            offsets,
            self.boxes[rows],
            self.labels[rows],
            self.ignore[rows],
            self.areas[rows],
            self.references[rows],
            None if self.segmentations is None else self.segmentations.take(rows),
        )

    def lacks_mask(self) -> Bool[np.ndarray, "targets"]:
        """Says which objects have none, where masks were asked for; ignored regions need none."""
        if self.segmentations is None:
            return np.zeros(len(self.ignore), dtype=np.bool_)
        has_mask = (np.diff(self.segmentations.rings) > 0) | (np.diff(self.segmentations.texts) > 0)
        lacks: np.ndarray = ~self.ignore & ~has_mask
        return lacks

    def truth(self, position: int) -> GroundTruth:
        """Gives the objects of one image.

        Args:
            position: 0 to the number of images - 1; negative positions count from the end.

        Raises:
            IndexError: There is no such image.
        """
        position = place_of(position, len(self))
        first, last = self.offsets[position : position + 2].tolist()
        rows = slice(first, last)
        height, width = self.sizes[position].tolist()
        origin = ImageOrigin(int(self.image_ids[position]), self.path(position), (height, width))
        return GroundTruth(
            torch.from_numpy(self.boxes[rows].copy()),
            torch.from_numpy(self.labels[rows].copy()),
            torch.from_numpy(self.ignore[rows].copy()),
            torch.from_numpy(self.areas[rows].copy()),
            origin,
            self._masks(first, last, origin),
        )

    def _masks(self, first: int, last: int, origin: ImageOrigin) -> InstanceMasks | None:
        """Draws the masks of one image; an ignored region without one is as large as its box.

        Raises:
            DataError: A segmentation cannot be drawn. Readers check them, so this is for tables built otherwise.
        """
        if self.segmentations is None:
            return None
        regions = {}
        for row in (first + np.flatnonzero(self.ignore[first:last])).tolist():
            if not self.segmentations.has_mask(row):
                low, high = np.floor(self.boxes[row, :2]), np.ceil(self.boxes[row, 2:])
                x1, y1, x2, y2 = np.concatenate((low, high)).astype(int).tolist()
                regions[row - first] = (x1, y1, x2, y2)
        try:
            return self.segmentations.masks(first, last, origin.size, regions)
        except BoxwrightError as error:
            raise DataError(f"{origin.name}: a mask cannot be drawn: {error}") from error
