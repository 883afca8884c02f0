"""The annotations of a Supervisely project, as one table."""

import math
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from boxwright.data.faults import FaultList
from boxwright.data.formats.box_check import UnsoundError
from boxwright.data.formats.drawing.drawn_image import DrawnImage, Notes, NotHeldError, image_size, read_drawn
from boxwright.data.formats.drawing.image_finder import ImageFinder
from boxwright.data.formats.drawing.painted_png import painted_png
from boxwright.data.formats.drawing.shapes import Shape, bitmap, ellipse, numbers, polygon, rectangle
from boxwright.data.formats.json_file import read_json
from boxwright.data.formats.table_dataset import Reading
from boxwright.data.reading_limits import ReadingLimits
from boxwright.errors import DataError, counted
from boxwright.structures import InstanceMasks

_NO_AREA = {
    "line": "polylines, which enclose nothing",
    "polyline": "polylines, which enclose nothing",
    "point": "points, which have no size",
    "graph": "key points",
    "cuboid": "cuboids",
    "cuboid_2d": "cuboids",
    "alpha_mask": "masks of grades",
}


def read_supervisely(root: Path, files: Sequence[Path], categories: Sequence[str], limits: ReadingLimits) -> Reading:
    """Reads one file per image, `ann/a.jpg.json` for `img/a.jpg`.

    Rectangles are boxes; polygons, with their holes, ellipses and painted masks are masks and the boxes around them.

    Args:
        root: Of the project.
        files: Annotation files.
        categories: Class names by label.
        limits: What is refused.
    """
    notes = Notes(FaultList(str(root)))
    return read_drawn(_images(root, files, notes, limits), categories, notes, limits)


def _images(root: Path, files: Sequence[Path], notes: Notes, limits: ReadingLimits) -> Iterator[DrawnImage]:
    for file in files:
        try:
            content = read_json(file)
            if not isinstance(content, dict) or not isinstance(content.get("objects"), list):
                raise DataError(f"{file} has no list under 'objects'. Export the annotations again.")
        except DataError as error:
            notes.faults.add("unreadable-annotations", None, str(error).removeprefix(f"{file} "), file=str(file))
            continue
        finder = ImageFinder(root, [file.parents[1] / "img"], limits)
        try:
            path = finder(file.stem, others=(Path(file.stem).stem,))  # an older form is a.json for a.jpg
        except UnsoundError as reason:
            notes.faults.add(reason.code, None, reason.message, file=str(file), cure=reason.cure)
            continue
        stated = content.get("size")
        stated = stated if isinstance(stated, dict) else {}
        size = image_size(path, stated.get("height"), stated.get("width"), notes, limits)
        if size is None:
            continue
        if content.get("tags"):
            notes.unread.note("tags of images", str(file))
        for entry in content["objects"]:
            if isinstance(entry, dict) and entry.get("tags"):
                notes.unread.note("tags of objects", str(file))
        numbered = enumerate(content["objects"], start=1)
        objects = notes.objects(numbered, partial(_object, size=size, limits=limits), str(file), path)
        yield DrawnImage(path, size, str(file), objects)


def _object(entry: Any, size: tuple[int, int], limits: ReadingLimits) -> tuple[str, Shape]:
    if not isinstance(entry, dict):
        raise UnsoundError("bad-value", f"an object must be a mapping, not {str(entry)[:80]}")
    kind, name = str(entry.get("geometryType")), entry.get("classTitle")
    if kind in _NO_AREA:
        raise NotHeldError(_NO_AREA[kind])
    if not isinstance(name, str) or not name:
        raise UnsoundError("missing-key", "no 'classTitle'")
    if kind == "bitmap":
        return name, _bitmap(entry.get("bitmap"), size, limits)
    if kind == "ellipse":
        turn = (entry.get("angle") or 0, 0)
        (center, radii, (degrees, _)) = numbers([entry.get("center"), entry.get("radius"), turn])
        return name, ellipse(center, radii, degrees)
    points = entry.get("points")
    if not isinstance(points, dict):
        raise UnsoundError("missing-key", "no 'points'")
    outline = numbers(points.get("exterior"))
    if kind == "rectangle" and len(outline) == 2:
        return name, rectangle(*outline)
    if kind == "polygon":
        return name, _polygon(outline, points.get("interior") or [], size)
    raise UnsoundError(
        "bad-value", f"a {kind[:40]} of {counted(len(outline), 'point')} is unknown", "draw it as a polygon"
    )


def _bitmap(found: Any, size: tuple[int, int], limits: ReadingLimits) -> Shape:
    if not isinstance(found, dict):
        raise UnsoundError("missing-key", "no 'bitmap'")
    ((x, y),) = numbers([found.get("origin")])
    return bitmap(painted_png(found.get("data"), limits), (math.floor(x), math.floor(y)), size)


def _polygon(outline: list[tuple[float, float]], holes: Any, size: tuple[int, int]) -> Shape:
    """Builds an outline; one with holes is painted, since outlines in COCO's form have none."""
    shape = polygon(outline)
    if not holes or not isinstance(holes, list):
        return shape
    rings = [numbers(hole) for hole in holes]
    low = [max(0, math.floor(value)) for value in shape.corners[:2]]
    high = [min(side, math.ceil(value) + 1) for side, value in zip(size[::-1], shape.corners[2:], strict=True)]
    if low[0] >= high[0] or low[1] >= high[1]:
        raise UnsoundError("box-outside", f"the polygon lies outside the {size[1]}×{size[0]} image")
    shifted = [(np.array(ring) - low).reshape(-1).tolist() for ring in (outline, *rings)]
    whole, taken_out = InstanceMasks.from_polygons(
        [shifted[:1], shifted[1:]], (high[1] - low[1], high[0] - low[0])
    ).to_boolean()
    painted = bitmap((whole & ~taken_out).numpy(), (low[0], low[1]), size)
    return painted._replace(corners=shape.corners)
