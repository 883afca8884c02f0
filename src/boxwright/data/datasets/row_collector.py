"""Collecting the rows of a table, with or without their masks."""

from dataclasses import dataclass, field

from boxwright.data.datasets.annotation_table import Row
from boxwright.data.datasets.box_check import UnsoundError
from boxwright.data.datasets.segmentation_check import sound_segmentation
from boxwright.data.datasets.segmentations import Segmentation, Segmentations
from boxwright.data.faults import FaultList
from boxwright.data.reading_limits import MaskDemand

_IGNORE = 6  # place in a row


@dataclass
class RowCollector:
    """Takes objects one by one and checks their masks as far as masks are wanted.

    Args:
        demand: Whether masks are left out, kept where there are any, or required.
        faults: Takes bad and missing masks.
        rows: The objects so far.
        raw: Their masks, in the same order.
    """

    demand: MaskDemand
    faults: FaultList
    rows: list[Row] = field(default_factory=list)
    raw: list[Segmentation] = field(default_factory=list)

    def add(self, row: Row, mask: Segmentation, size: tuple[int, int], where: str, file: str | None = None) -> None:
        """Takes one object, or notes why not.

        Args:
            row: Its position, box, label, ignore flag and area.
            mask: As written, in COCO's form, or None.
            size: Height and width of the image.
            where: The entry, for messages.
            file: The file, if it is not the source of the faults.
        """
        if self.demand != "none":
            try:
                mask = self._checked(row, mask, size, where, file)
            except UnsoundError as reason:
                self.faults.add(reason.code, where, reason.message, file=file, cure=reason.cure)
                return
            self.raw.append(mask)
        self.rows.append(row)

    def segmentations(self) -> Segmentations | None:
        """Gives the masks for the table; None if they are not wanted."""
        return None if self.demand == "none" else Segmentations.from_raw(self.raw)

    def _checked(
        self, row: Row, mask: Segmentation, size: tuple[int, int], where: str, file: str | None
    ) -> Segmentation:
        sound = sound_segmentation(mask, size, "the mask")
        if sound.dropped:
            self.faults.add("polygon-part", where, sound.dropped, file=file)
        if sound.segmentation is not None or self.demand != "required":
            return sound.segmentation
        if not row[_IGNORE]:
            raise UnsoundError("mask-missing", "the object has a box and no mask")
        return None
