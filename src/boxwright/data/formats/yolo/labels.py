"""YOLO label files: one line per object, `class x y width height` or `class` and a polygon, as fractions."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from boxwright.bounded_text import listed
from boxwright.data.faults import FaultList
from boxwright.data.formats.box_check import Corners, UnsoundError, sound_box
from boxwright.data.formats.written_boxes import BoxForm, WrittenBoxes
from boxwright.data.formats.yolo.row_forms import BOX_COLUMNS, RowForms, looks_like_key_points

FORM = BoxForm("fractions", "cxcywh")
"""What the numbers after the class are."""

_SLACK = 0.01  # what drawing over the edge may come to; more is another unit


@dataclass(frozen=True, slots=True)
class LabelledObject:
    """One line of a label file.

    Args:
        line: Its number, from 1.
        label: Class index.
        corners: xyxy in pixels, inside the image.
        polygon: x1, y1, x2, y2, … in pixels, or None for a plain box.
    """

    line: int
    label: int
    corners: Corners
    polygon: list[float] | None


def read_labels(
    text: str,
    size: tuple[int, int],
    label_of: Mapping[int, int],
    file: str,
    faults: FaultList,
    written: WrittenBoxes | None = None,
    forms: RowForms | None = None,
) -> Iterator[LabelledObject]:
    """Gives the sound objects of a label file.

    Args:
        text: Of the file.
        size: Height and width of the image in pixels.
        label_of: Class index by the number in the file.
        file: The file, for messages.
        faults: Takes what is not sound.
        written: Takes all boxes, sound or not.
        forms: Says what rows are taken for, and counts them.
    """
    forms = forms or RowForms()
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            _require_spaces(line)
            words = forms.cut(line.split(), f"{file}, line {number}")
            values = _numbers(words)
            if written is not None and len(values) == BOX_COLUMNS:
                written.add(values[1:], size)
            elif written is not None and len(values) > BOX_COLUMNS and len(values) % 2:
                written.add(_around(values[1::2], values[2::2]), size)
            label = _label(words, values, label_of)
            values = values[1:]
            if len(values) >= BOX_COLUMNS:
                forms.see_polygon(values, f"{file}, line {number}")
            polygon, corners = _in_pixels(values, size)
            kept, is_clipped = sound_box(corners, size, f"{line.strip()[:80]!r}")
        except UnsoundError as reason:
            faults.add(reason.code, f"line {number}", reason.message, file=file, cure=reason.cure)
            continue
        if is_clipped:
            faults.add("box-clipped", f"line {number}", f"{line.strip()[:80]!r}", file=file)
        yield LabelledObject(number, label, kept, polygon)


def _require_spaces(line: str) -> None:
    sign = next((sign for sign in ",;" if sign in line), None)
    if sign is not None:
        cure = "separate the numbers with spaces, and write 0.5 for 0,5"
        raise UnsoundError("box-not-numbers", f"{line.strip()[:80]!r} has {sign!r} in it", cure)


def _numbers(words: list[str]) -> list[float]:
    """Checks a line as far as that is possible without classes and image."""
    try:
        values = [float(word) for word in words]
    except ValueError:
        is_named = len(words) >= BOX_COLUMNS and all(map(_is_number, words[1:]))
        cure = "write the number of the class in place of its name" if is_named else "correct or remove the line"
        raise UnsoundError("box-not-numbers", f"{' '.join(words)[:80]!r} must be numbers", cure) from None
    if not all(math.isfinite(value) for value in values):
        raise UnsoundError("box-not-numbers", f"{' '.join(words)[:80]!r} must be finite numbers")
    return values


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _label(words: list[str], values: list[float], label_of: Mapping[int, int]) -> int:
    """Gives the class of a line whose other numbers are fractions."""
    first = values[0]
    if first != int(first) or int(first) not in label_of:
        raise UnsoundError("unknown-class", f"unknown class {words[0][:80]}; valid are {_range_of(label_of)}")
    if len(values) == BOX_COLUMNS and min(values[3:]) <= 0:
        raise UnsoundError("box-empty", f"{' '.join(words)!r} needs a width and a height over 0")
    outside = [value for value in values[1:] if not -_SLACK <= value <= 1 + _SLACK]
    if outside:
        is_pose = len(words) > BOX_COLUMNS and looks_like_key_points(values[1:])
        raise UnsoundError(
            "not-normalized",
            f"{outside[0]:g} is no fraction of the width or height of the image",
            "these look like a box and key points: write kpt_shape: [points, 3] in data.yaml" if is_pose else "",
        )
    return label_of[int(first)]


def _in_pixels(values: list[float], size: tuple[int, int]) -> tuple[list[float] | None, Corners]:
    height, width = size
    if len(values) == BOX_COLUMNS - 1:
        x, y, box_width, box_height = (value * side for value, side in zip(values, (width, height) * 2, strict=True))
        return None, (x - box_width / 2, y - box_height / 2, x + box_width / 2, y + box_height / 2)
    xs = [value * width for value in values[::2]]
    ys = [value * height for value in values[1::2]]
    polygon = [value for point in zip(xs, ys, strict=True) for value in point]
    return polygon, (min(xs), min(ys), max(xs), max(ys))


def _around(xs: list[float], ys: list[float]) -> tuple[float, float, float, float]:
    """Gives the box around a polygon as the lines of plain boxes write it."""
    left, top, right, bottom = min(xs), min(ys), max(xs), max(ys)
    return (left + right) / 2, (top + bottom) / 2, right - left, bottom - top


def _range_of(label_of: Mapping[int, int]) -> str:
    known = sorted(label_of)
    return f"{known[0]} to {known[-1]}" if known == list(range(known[0], known[-1] + 1)) else f"[{listed(known)}]"
