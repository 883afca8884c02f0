"""Why a prior is, or is not, a positive of a target."""

from dataclasses import dataclass, fields
from enum import IntEnum

import torch
from jaxtyping import Float, Int64, UInt8
from torch import Tensor


class Reason(IntEnum):
    """Why a prior is, or is not, a positive of a target."""

    POSITIVE = 0
    OUTSIDE_BOX = 1
    BELOW_TOP_K = 2
    LOST = 3
    BELOW_THRESHOLD = 4
    IGNORE_BAND = 5
    SHAPE_RATIO = 6
    BEYOND_REACH = 7
    NO_OVERLAP = 8
    DROPPED = 9
    IGNORED_REGION = 10
    OTHER_CELL = 11
    OUTSIDE_IMAGE = 12
    OTHER_LEVEL = 13
    OFF_CENTRE = 14

    @property
    def text(self) -> str:
        """The reason in words."""
        return _TEXTS[self]


_TEXTS = {
    Reason.POSITIVE: "positive",
    Reason.OUTSIDE_BOX: "outside the box",
    Reason.BELOW_TOP_K: "below top-k",
    Reason.LOST: "lost to another target",
    Reason.BELOW_THRESHOLD: "below the threshold",
    Reason.IGNORE_BAND: "in the ignore band",
    Reason.SHAPE_RATIO: "shape ratio too far",
    Reason.BEYOND_REACH: "beyond the coder's reach",
    Reason.NO_OVERLAP: "alignment 0: no overlap",
    Reason.DROPPED: "dropped by the sampler",
    Reason.IGNORED_REGION: "inside an ignored region",
    Reason.OTHER_CELL: "not in a nearest cell",
    Reason.OUTSIDE_IMAGE: "outside the image",
    Reason.OTHER_LEVEL: "of another level's size",
    Reason.OFF_CENTRE: "too far from the centre",
}


@dataclass(frozen=True, slots=True)
class Verdicts:
    """One row for every target and prior that were considered together, sorted by target, then prior; none twice.

    Args:
        image: Position of the image in the batch.
        prior: Index into the priors.
        target: Row of the targets (of the whole batch).
        reason: A `Reason`.
        quality: Of a pair, that of the assignment; of others, what it would be. NaN where the system has none.
        overlap: What the system ranks or compares: the IoU of target and prior, or, where it looks at predictions, the
            CIoU (not below 0) of target and predicted box. NaN where there is none.
        score: That the prediction gives to the target's label, or NaN if the system does not look at it.
    """

    image: Int64[Tensor, "rows"]
    prior: Int64[Tensor, "rows"]
    target: Int64[Tensor, "rows"]
    reason: UInt8[Tensor, "rows"]
    quality: Float[Tensor, "rows"]
    overlap: Float[Tensor, "rows"]
    score: Float[Tensor, "rows"]

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.image)

    @classmethod
    def empty(cls, device: torch.device | str = "cpu") -> "Verdicts":
        """Builds verdicts without any row."""
        index, number = torch.zeros(0, dtype=torch.int64, device=device), torch.zeros(0, device=device)
        return cls(index, index, index, index.to(torch.uint8), number, number, number)

    def take(self, rows: Tensor) -> "Verdicts":
        """Takes some rows of every column, in ascending order.

        Args:
            rows: A mask, or ascending row numbers.
        """
        return Verdicts(*(getattr(self, column.name)[rows] for column in fields(self)))

    def of_target(self, target: int) -> "Verdicts":
        """Takes the rows of one target.

        Args:
            target: Row of the targets.
        """
        return self.take(self.target == target)

    def because(self, reason: Reason) -> "Verdicts":
        """Takes the rows with one reason.

        Args:
            reason: Which.
        """
        return self.take(self.reason == reason)

    def to(self, device: torch.device | str) -> "Verdicts":
        """Moves every tensor to a device."""
        return Verdicts(*(getattr(self, column.name).to(device) for column in fields(self)))
