"""Label files of plain boxes, read at once."""

from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field

from boxwright.data.formats.box_check import EDGE_TOLERANCE


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
        rows = [(number, x, y, w, h) for number, x, y, w, h in (map(float, line.split()) for line in text.splitlines())]
    except ValueError:  # no number, or other columns
        return None
    for number, x, y, w, h in rows:
        label = label_of.get(number)  # type: ignore[call-overload]
        if label is None or not (0 <= x <= 1 and 0 <= y <= 1 and 0 <= w <= 1 and 0 <= h <= 1):
            return None
        left, top = x * width - w * width / 2, y * height - h * height / 2
        right, bottom = x * width + w * width / 2, y * height + h * height / 2
        if left < 0 or top < 0 or right > width or bottom > height:
            if min(left, top) < -EDGE_TOLERANCE or right > width + EDGE_TOLERANCE or bottom > height + EDGE_TOLERANCE:
                return None
            left, top, right, bottom = (
                max(left, 0.0),
                max(top, 0.0),
                min(right, float(width)),
                min(bottom, float(height)),
            )
        if not (left < right and top < bottom):
            return None
        found.written.extend((x, y, w, h))
        found.objects.append((left, top, right, bottom, label, 0.0, (right - left) * (bottom - top)))
    return found
