"""How many positives objects get, by their size, over an epoch."""

from collections.abc import Mapping

import torch
from jaxtyping import Int64
from torch import Tensor

from boxwright.geometry.boxes import box_area
from boxwright.structures import Assignment, Targets

SIZES = ("small", "medium", "large")
SIZE_LIMITS = (32**2, 96**2)
"""Pixels of the canvas (not of the image) from which an object is medium, and from which it is large."""
WITHOUT, POSITIVES = "without_positive", "positives"
"""Names in the metrics: share of the objects without a positive; positives per object. Alone: objects of all sizes."""


class AssignmentTally:
    """Adds up objects and positives where they are, without waiting for the device.

    Objects are counted as often as they are seen, in the size that they have in the canvas after augmentation; ignored
    regions are not. Positives are those that the loss uses, after sampling.
    """

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forgets everything."""
        self._counts: Tensor | None = None

    def add(self, assignment: Assignment, targets: Targets) -> None:
        """Adds the objects of a batch.

        Args:
            assignment: The sampled pairs.
            targets: The objects.
        """
        counts = size_counts(assignment, targets)
        self._counts = counts if self._counts is None else self._counts + counts

    def load(self, counts: Int64[Tensor, "sizes 3"] | None) -> None:
        """Takes up what a checkpoint kept.

        Args:
            counts: From `counts`; None for nothing.
        """
        self._counts = counts

    def counts(self, device: torch.device) -> Int64[Tensor, "sizes 3"]:
        """Gives by size how many objects there were, how many of them without a positive, and their positives.

        Args:
            device: Where to, if nothing was counted.
        """
        return torch.zeros(len(SIZES), 3, dtype=torch.int64, device=device) if self._counts is None else self._counts


def size_counts(assignment: Assignment, targets: Targets) -> Int64[Tensor, "sizes 3"]:
    """Counts objects, objects without a positive, and positives of a batch, by size.

    Args:
        assignment: The pairs.
        targets: The objects.
    """
    pairs = torch.ones_like(assignment.target)
    positives = torch.zeros_like(targets.labels).index_add_(0, assignment.target, pairs)
    counted = ~targets.ignore
    columns = torch.stack((counted.long(), (counted & (positives == 0)).long(), positives * counted), dim=1)
    area = box_area(targets.boxes)
    size = (area >= SIZE_LIMITS[0]).long() + (area >= SIZE_LIMITS[1])
    return columns.new_zeros(len(SIZES), 3).index_add_(0, size, columns)


def assignment_figures(counts: Int64[Tensor, "sizes 3"]) -> Mapping[str, float]:
    """Gives the share without a positive and the positives per object, of all sizes and of each; NaN without objects.

    Args:
        counts: Of an `AssignmentTally`, over all devices.
    """
    rows = {"": counts.sum(dim=0).tolist()}
    rows |= {f"_{size}": row for size, row in zip(SIZES, counts.tolist(), strict=True)}
    figures = {
        f"{WITHOUT}{size}": without / objects if objects else float("nan")
        for size, (objects, without, _) in rows.items()
    }
    return figures | {
        f"{POSITIVES}{size}": positives / objects if objects else float("nan")
        for size, (objects, _, positives) in rows.items()
    }
