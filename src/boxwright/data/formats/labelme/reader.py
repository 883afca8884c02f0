"""LabelMe files of many images, as one table."""

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from boxwright.data.faults import FaultList
from boxwright.data.formats.box_check import UnsoundError
from boxwright.data.formats.drawing.drawn_image import (
    DrawnImage,
    Notes,
    NotHeldError,
    image_size,
    read_drawn,
)
from boxwright.data.formats.drawing.image_finder import ImageFinder
from boxwright.data.formats.drawing.painted_png import painted_png
from boxwright.data.formats.drawing.shapes import Shape, bitmap, ellipse, numbers, polygon, rectangle, united
from boxwright.data.formats.json_file import read_json
from boxwright.data.formats.object_mask import overlap_if_far
from boxwright.data.formats.table_dataset import Reading
from boxwright.data.reading_limits import ReadingLimits
from boxwright.errors import DataError, counted

_NO_AREA = {
    "line": "lines, which enclose nothing",
    "linestrip": "lines, which enclose nothing",
    "point": "points, which have no size",
    "points": "points, which have no size",
}


def read_labelme(
    root: Path, files: Sequence[Path], folders: Sequence[Path], others: Iterable[Path], limits: ReadingLimits
) -> Reading:
    """Reads one file per image.

    Rectangles are boxes; polygons, circles and painted masks are masks and the boxes around them. Shapes of one name
    and one `group_id` are one object. The picture that a file may carry in itself is not looked at.

    Args:
        root: Of the data set.
        files: Of this part.
        folders: Of images.
        others: Files of other parts, for the class names.
        limits: What is refused.
    """
    notes = Notes(FaultList(str(root)))
    finder = ImageFinder(root, folders, limits)
    contents = [(file, content) for file in files if (content := _content(file, notes)) is not None]
    unnoted = Notes(FaultList(str(root)))
    everything = [*(content for _, content in contents), *(_content(file, unnoted) for file in others)]
    names = {name for content in everything if content is not None for name in _names(content)}
    images = (image for file, content in contents if (image := _image(content, file, finder, notes, limits)))
    return read_drawn(images, sorted(names), notes, limits)


def _content(file: Path, notes: Notes) -> dict[str, Any] | None:
    try:
        content = read_json(file)
    except DataError as error:
        notes.faults.add("unreadable-annotations", None, str(error).removeprefix(f"{file} "), file=str(file))
        return None
    if not isinstance(content, dict) or not isinstance(content.get("shapes"), list):
        notes.unread.note("JSON files without 'shapes'", str(file))
        return None
    return content


def _names(content: dict[str, Any]) -> set[str]:
    """Gives the names of what has an area, whether it is sound or not, so that no fault changes the labels."""
    shapes = [shape for shape in content["shapes"] if isinstance(shape, dict) and shape.get("label")]
    return {str(shape["label"]) for shape in shapes if str(shape.get("shape_type")) not in _NO_AREA}


def _image(
    content: dict[str, Any], file: Path, finder: ImageFinder, notes: Notes, limits: ReadingLimits
) -> DrawnImage | None:
    try:
        path = finder(str(content.get("imagePath") or ""), beside=file.parent, others=(file.stem,))
    except UnsoundError as reason:
        notes.faults.add(reason.code, None, reason.message, file=str(file), cure=reason.cure)
        return None
    size = image_size(path, content.get("imageHeight"), content.get("imageWidth"), notes, limits)
    if size is None:
        return None
    for shape in content["shapes"]:
        if isinstance(shape, dict) and any(_values(shape.get("flags"))):
            notes.unread.note("flags of objects", f"{file}: {shape.get('flags')}")
    if any(_values(content.get("flags"))):
        notes.unread.note("flags of images", f"{file}: {content['flags']}")
    entries = notes.objects(_grouped(content["shapes"]), lambda group: _object(group, size, limits), str(file), path)
    return DrawnImage(path, size, str(file), entries)


def _values(flags: Any) -> Iterable[Any]:
    return flags.values() if isinstance(flags, dict) else ()


def _grouped(shapes: list[Any]) -> list[tuple[int, list[Any]]]:
    """Puts the shapes of one object together: those of one name and group, unless they are painted.

    Returns:
        Each with the number of its first shape.
    """
    groups: dict[Any, tuple[int, list[Any]]] = {}
    for number, shape in enumerate(shapes, start=1):
        key: Any = number
        if isinstance(shape, dict) and shape.get("group_id") is not None and shape.get("shape_type") != "mask":
            key = (str(shape.get("label")), str(shape["group_id"]))
        groups.setdefault(key, (number, []))[1].append(shape)
    return list(groups.values())


def _object(group: list[Any], size: tuple[int, int], limits: ReadingLimits) -> tuple[str, Shape]:
    first = group[0]
    if not isinstance(first, dict):
        raise UnsoundError("bad-value", f"a shape must be an object, not {str(first)[:80]}")
    name = first.get("label")
    if not isinstance(name, str) or not name:
        raise UnsoundError("missing-key", "no 'label'")
    return name, united([_shape(each, size, limits) for each in group])


def _shape(shape: dict[str, Any], size: tuple[int, int], limits: ReadingLimits) -> Shape:
    kind = str(shape.get("shape_type") or "polygon")
    if kind in _NO_AREA:
        raise NotHeldError(_NO_AREA[kind])
    points = numbers(shape.get("points"))
    if kind == "circle" and len(points) == 2:
        radius = math.dist(*points)
        return ellipse(points[0], (radius, radius))
    if kind in ("rectangle", "mask") and len(points) == 2:
        box = rectangle(*points)
        return box if kind == "rectangle" else _painted(shape, box, size, limits)
    if kind in ("polygon", "rectangle", "rotation", "oriented_rectangle"):
        return polygon(points)
    raise UnsoundError(
        "bad-value", f"a {kind[:40]} of {counted(len(points), 'point')} is unknown", "draw it as a polygon"
    )


def _painted(shape: dict[str, Any], box: Shape, size: tuple[int, int], limits: ReadingLimits) -> Shape:
    pixels = painted_png(shape.get("mask"), limits)
    x, y = (math.floor(value) for value in box.corners[:2])
    found = bitmap(pixels, (x, y), size)
    if overlap_if_far(box.corners, found.corners) is None:
        return found
    return found._replace(corners=box.corners)  # as written, and said of an object whose mask is kept
