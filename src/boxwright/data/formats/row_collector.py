"""Collecting the rows of a table, with or without their masks."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field

from boxwright.data.faults import FaultList
from boxwright.data.formats.annotation_table import ROW_LENGTH, AnnotationTable
from boxwright.data.formats.box_check import Corners, UnsoundError
from boxwright.data.formats.growing_segmentations import GrowingSegmentations
from boxwright.data.formats.losses import Losses
from boxwright.data.formats.object_mask import object_mask
from boxwright.data.formats.required_masks import report_lack
from boxwright.data.formats.segmentations import Segmentation
from boxwright.data.formats.table_dataset import Reading
from boxwright.data.formats.written_outlines import WrittenOutlines
from boxwright.data.reading_limits import MaskDemand


@dataclass
class RowCollector:
    """Takes images and their objects one by one, and checks masks as far as they are wanted.

    Args:
        demand: What becomes of masks.
        word: What the annotation files call an object, "line" or "object".
        faults: Takes bad and missing masks.
    """

    demand: MaskDemand
    word: str
    faults: FaultList
    paths: list[str] = field(default_factory=list)
    sizes: list[tuple[int, int]] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    rows: "array[float]" = field(default_factory=lambda: array("d"))
    references: "array[int]" = field(default_factory=lambda: array("q"))
    masks: GrowingSegmentations = field(default_factory=GrowingSegmentations)
    firsts: list[int] = field(default_factory=list)
    unread: Losses = field(default_factory=Losses)
    outlines: WrittenOutlines = field(default_factory=WrittenOutlines)

    def begin(self, path: str, size: tuple[int, int], file: str) -> None:
        """Takes an image; what is added from now on are its objects.

        Args:
            path: The image file.
            size: Its height and width.
            file: Its annotation file.
        """
        self.paths.append(path)
        self.sizes.append(size)
        self.files.append(file)
        self.firsts.append(len(self.references))

    def again(self, position: int | None) -> None:
        """Takes an image that was taken before once more, with its objects.

        Args:
            position: Of the image; None for one that could not be taken.
        """
        if position is None:
            return
        first = self.firsts[position]
        last = self.firsts[position + 1] if position + 1 < len(self.firsts) else len(self.references)
        self.begin(self.paths[position], self.sizes[position], self.files[position])
        copied = self.rows[first * ROW_LENGTH : last * ROW_LENGTH]
        copied[::ROW_LENGTH] = array("d", [len(self.paths) - 1] * (last - first))
        self.rows += copied
        self.references += self.references[first:last]
        if self._has_masks:
            self.masks.repeat(first, last)

    def add_plain(self, objects: Sequence[Sequence[float | int]]) -> None:
        """Takes the objects of the present image, whose numbers are those of the file, where masks are not looked at.

        Args:
            objects: Corners, label, whether it is ignored, and area of each.
        """
        image, flat = len(self.paths) - 1, list[float]()
        for values in objects:
            flat.append(image)
            flat += values
        self.rows.extend(flat)
        self.references.extend(range(1, len(objects) + 1))

    def add(self, corners: Corners, label: int, *, ignore: bool, area: float, mask: Segmentation, number: int) -> None:
        """Takes an object of the present image, or notes why not.

        Args:
            corners: xyxy in pixels, inside the image.
            label: Class index.
            ignore: Whether it is difficult or a crowd.
            area: In pixels.
            mask: As written, in COCO's form, or None.
            number: Of the object in its annotation file.
        """
        try:
            kept = self._checked(mask, corners, ignore, number)
        except UnsoundError as reason:
            self.fault(reason, number)
            return
        if self._has_masks:
            self.masks.add(kept)
        self.rows.extend((len(self.paths) - 1, *corners, label, ignore, area))
        self.references.append(number)

    def fault(self, reason: UnsoundError, number: int) -> None:
        """Notes why an object of the present image is left out.

        Args:
            reason: Why.
            number: Of the object in its annotation file.
        """
        where = f"{self.word} {number}"
        self.faults.add(reason.code, where, reason.message, file=self.files[-1], cure=reason.cure)

    def reading(self, categories: Sequence[str], category_ids: Sequence[int]) -> Reading:
        """Gives everything that was taken.

        Args:
            categories: Class names by label.
            category_ids: Ids by label.
        """
        table = AnnotationTable.build(
            self.paths,
            range(1, len(self.paths) + 1),
            self.sizes,
            self.rows,
            references=self.references,
            segmentations=self.masks.finished() if self._has_masks else None,
        )
        self.outlines.report(self.faults, is_needed=self.demand == "required")
        report_lack(table, self.faults, self.demand)
        return Reading(
            self.faults.source,
            tuple(categories),
            tuple(category_ids),
            table,
            self.faults,
            self.word,
            tuple(self.files),
            has_ids=False,
            unread=self.unread,
        )

    @property
    def _has_masks(self) -> bool:
        return self.demand in ("kept", "required")

    def _checked(self, mask: Segmentation, corners: Corners, ignore: bool, number: int) -> Segmentation:
        def note(code: str, message: str) -> None:
            self.faults.add(code, f"{self.word} {number}", message, file=self.files[-1])

        if self.demand != "none":
            self.outlines.add(mask, self.sizes[-1])
        return object_mask(mask, corners, self.sizes[-1], self.demand, note, shown="the mask", is_ignored=ignore)
