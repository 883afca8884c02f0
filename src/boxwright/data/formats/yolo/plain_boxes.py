"""Label files of plain boxes, read at once."""

from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field

from boxwright.data.formats.box_check import EDGE_TOLERANCE
from boxwright.data.formats.yolo.row_forms import BOX_COLUMNS


@dataclass(frozen=True, slots=True)
class PlainBoxes:
    """The boxes of a label file.

    Args:
        written: Four numbers of each, as they stand in the file.
        objects: Left, top, right, bottom in pixels, label, not ignored, and area of each.
    """

    written: "array[float]" = field(default_factory=lambda: array("d"))
    objects: list[tuple[float, ...]] = field(default_factory=list)


def plain_boxes(text: str, size: tuple[int, int], label_of: Mapping[int, int]) -> PlainBoxes | None:
    """Reads a label file in which each line is a box inside of the image; None for others, which are read line by line.

    Args:
        text: Of the file.
        size: Height and width of the image in pixels.
        label_of: Class index by the number in the file.
    """
    if "," in text or ";" in text:
        return None
    height, width = size
    found = PlainBoxes()
    try:
        rows = [list(map(float, line.split())) for line in text.splitlines()]
    except ValueError:
        return None
    for row in rows:
        if len(row) != BOX_COLUMNS:
            return None
        number, *box = row
        x, y, box_width, box_height = box[0] * width, box[1] * height, box[2] * width, box[3] * height
        left, top, right, bottom = x - box_width / 2, y - box_height / 2, x + box_width / 2, y + box_height / 2
        label = label_of.get(number)  # type: ignore[call-overload]
        is_inside = left >= -EDGE_TOLERANCE and top >= -EDGE_TOLERANCE
        is_inside = is_inside and right <= width + EDGE_TOLERANCE and bottom <= height + EDGE_TOLERANCE
        if label is None or not is_inside or max(box) > 1 or min(box) < 0:
            return None
        left, top, right, bottom = max(left, 0.0), max(top, 0.0), min(right, float(width)), min(bottom, float(height))
        if not (left < right and top < bottom):
            return None
        found.written.extend(box)
        found.objects.append((left, top, right, bottom, label, 0.0, (right - left) * (bottom - top)))
    return found
