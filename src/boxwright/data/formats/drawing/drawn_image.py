"""Images with what was drawn on them, on the way into a table."""

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from boxwright.bounded_text import listed
from boxwright.data.faults import Fault, FaultList
from boxwright.data.formats.box_check import Corners, UnsoundError, sound_box
from boxwright.data.formats.drawing.corner_and_size import corner_and_size
from boxwright.data.formats.drawing.shapes import Shape
from boxwright.data.formats.losses import Losses
from boxwright.data.formats.row_collector import RowCollector
from boxwright.data.formats.table_dataset import Reading
from boxwright.data.formats.written_boxes import BoxForm, WrittenBoxes
from boxwright.data.images.check import usable_header
from boxwright.data.reading_limits import ReadingLimits


class NotHeldError(Exception):
    """Something is drawn that is neither a box nor a mask.

    Args:
        what: In the plural, for instance "polylines".
    """

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


@dataclass(frozen=True, slots=True)
class DrawnObject:
    """One object.

    Args:
        number: Its place in the annotation file, from 1.
        name: Class name.
        shape: Box and mask.
    """

    number: int
    name: str
    shape: Shape


@dataclass(frozen=True, slots=True)
class DrawnImage:
    """One image.

    Args:
        path: The image file.
        size: Height and width.
        file: The annotation file.
        objects: The sound ones.
    """

    path: str
    size: tuple[int, int]
    file: str
    objects: tuple[DrawnObject, ...]


@dataclass(frozen=True, slots=True)
class Notes:
    """What a reader has to say besides the images.

    Args:
        faults: What is wrong.
        unread: What is there and is not read.
    """

    faults: FaultList
    unread: Losses = field(default_factory=Losses)

    def objects(
        self, entries: Iterable[tuple[int, Any]], build: Callable[[Any], tuple[str, Shape]], file: str, image: str
    ) -> tuple[DrawnObject, ...]:
        """Turns the entries of one image into objects, and notes those that are none.

        Args:
            entries: The number of each in the file, from 1, and what was parsed.
            build: Gives class name and shape; raises UnsoundError or NotHeldError.
            file: The annotation file.
            image: The image file.
        """
        found = []
        for number, entry in entries:
            try:
                name, shape = build(entry)
            except UnsoundError as reason:
                message = f"in {os.path.basename(image)}: {reason.message}"
                self.faults.add(reason.code, f"object {number}", message, file=file, cure=reason.cure)
            except NotHeldError as kind:
                self.unread.note(kind.what, f"{file}, object {number}")
            else:
                found.append(DrawnObject(number, name, shape))
        return tuple(found)


def image_size(path: str, height: Any, width: Any, notes: Notes, limits: ReadingLimits) -> tuple[int, int] | None:
    """Gives the size of an image as an annotation states it, or else as viewers show it.

    Args:
        path: The image file.
        height: As parsed, or None.
        width: As parsed, or None.
        notes: Takes what is wrong with the file.
        limits: What is refused.

    Returns:
        Height and width; None if the file cannot be used.
    """
    try:
        size = (int(height), int(width))
    except (TypeError, ValueError, OverflowError):
        size = (0, 0)
    if min(size) > 0 and size[0] * size[1] > limits.max_pixels:
        text = (
            f"its annotation says {size[1]}×{size[0]}, {size[0] * size[1]:,} pixels; allowed are {limits.max_pixels:,}"
        )
        notes.faults.add("image-too-large", None, text, file=path)
        return None
    if min(size) > 0:
        return size
    header = usable_header(path, limits)
    if isinstance(header, Fault):
        notes.faults.faults.append(header)
        return None
    return header.shown_size


def read_drawn(images: Iterable[DrawnImage], categories: Sequence[str], notes: Notes, limits: ReadingLimits) -> Reading:
    """Puts images and their objects into a table.

    Args:
        images: Of one part.
        categories: Class names by label.
        notes: Takes what is wrong.
        limits: What is refused.
    """
    label_of = {name: label for label, name in enumerate(categories)}
    rows = RowCollector(limits.masks, "object", notes.faults, unread=notes.unread)
    written = WrittenBoxes(BoxForm("pixels", "xyxy"))
    rectangles: list[tuple[Corners, tuple[int, int]]] = []
    for image in images:
        rows.begin(image.path, image.size, image.file)
        for each in image.objects:
            written.add(each.shape.corners, image.size)
            if each.shape.written is not None:
                rectangles.append((each.shape.written, image.size))
            _add(each, label_of, rows)
    written.report(notes.faults)
    odd = corner_and_size([corners for corners, _ in rectangles], [size for _, size in rectangles])
    if odd is not None:
        notes.faults.faults.insert(0, Fault(odd.code, notes.faults.source, None, odd.message))
    return rows.reading(categories, range(1, len(categories) + 1))


def _add(each: DrawnObject, label_of: dict[str, int], rows: RowCollector) -> None:
    box = ", ".join(f"{value:g}" for value in each.shape.corners)
    shown = f"in {os.path.basename(rows.paths[-1])}: {each.name} [{box}]"
    try:
        if each.name not in label_of:
            raise UnsoundError("unknown-class", f"{shown}: unknown class; valid are {listed(label_of)}")
        corners, is_clipped = sound_box(each.shape.corners, rows.sizes[-1], shown)
    except UnsoundError as reason:
        rows.fault(reason, each.number)
        return
    if is_clipped:
        rows.fault(UnsoundError("box-clipped", shown), each.number)
    left, top, right, bottom = corners
    box_area = (right - left) * (bottom - top)
    area = box_area if each.shape.mask is None else min(each.shape.area, box_area)
    rows.add(corners, label_of[each.name], ignore=False, area=area, mask=each.shape.mask, number=each.number)
