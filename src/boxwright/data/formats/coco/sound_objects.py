"""The objects of a COCO document that are sound."""

from array import array
from dataclasses import dataclass, field

from boxwright.data.formats.growing_segmentations import GrowingSegmentations
from boxwright.data.formats.written_boxes import BoxForm, WrittenBoxes
from boxwright.data.formats.written_outlines import WrittenOutlines

FORM = BoxForm("pixels", "xywh")
"""What the numbers of a `bbox` are."""


@dataclass(frozen=True, slots=True)
class SoundObjects:
    """The sound objects; rows one after the other, since a million tuples would take four times the memory.

    Args:
        rows: See `Row`.
        references: Their ids.
        segmentations: Their masks, where these are kept.
        written: All boxes, sound or not.
        outlines: All outlines, sound or not, where masks are looked at.
    """

    rows: "array[float]" = field(default_factory=lambda: array("d"))
    references: "array[int]" = field(default_factory=lambda: array("q"))
    segmentations: GrowingSegmentations = field(default_factory=GrowingSegmentations)
    written: WrittenBoxes = field(default_factory=lambda: WrittenBoxes(FORM))
    outlines: WrittenOutlines = field(default_factory=WrittenOutlines)
