"""VIA files, as one table."""

import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from boxwright.data.faults import FaultList
from boxwright.data.formats.box_check import UnsoundError
from boxwright.data.formats.drawing.drawn_image import DrawnImage, Notes, NotHeldError, image_size, read_drawn
from boxwright.data.formats.drawing.image_finder import ImageFinder
from boxwright.data.formats.drawing.shapes import Shape, ellipse, polygon, rectangle
from boxwright.data.formats.table_dataset import Reading
from boxwright.data.formats.via.document import ViaImage, read_via_document
from boxwright.data.reading_limits import ReadingLimits
from boxwright.errors import DataError

_NO_AREA = {"point": "points, which have no size", "polyline": "polylines, which enclose nothing"}
_USUAL = ("class", "label", "name", "type", "category", "object", "class_name", "object_type")
_UNNAMED = "object"


def read_via(
    root: Path, files: Sequence[Path], folders: Sequence[Path], others: Iterable[Path], limits: ReadingLimits
) -> Reading:
    """Reads files of VIA.

    The class is the only attribute that regions have, or the one with a usual name such as `class` or `label`. Where no
    region has an attribute, all are of the class "object". Circles, ellipses and polygons are masks and the boxes
    around them.

    Args:
        root: Of the data set.
        files: Of this part.
        folders: Of images.
        others: Files of other parts, for the class names.
        limits: What is refused.

    Raises:
        DataError: A file cannot be read, or none of several attributes is the class.
    """
    notes = Notes(FaultList(str(files[0]) if len(files) == 1 else str(root)))
    documents = [(file, read_via_document(file)) for file in files]
    everything = [image for _, images in documents for image in images]
    everything += [image for file in others for image in read_via_document(file)]
    attribute = _class_attribute(everything, files[0])
    names = {_name(region, attribute) for image in everything for region in image.regions if _has_area(region)}
    finder = ImageFinder(root, folders, limits)
    images = (image for file, document in documents for image in _images(file, document, attribute, finder, notes))
    return read_drawn(images, sorted(names - {""}), notes, limits)


def _class_attribute(images: Sequence[ViaImage], file: Path) -> str | None:
    found = {key for image in images for region in image.regions for key in _attributes(region)}
    if len(found) < 2:
        return next(iter(found), None)
    usual = sorted((_USUAL.index(key.lower()), key) for key in found if key.lower() in _USUAL)
    if not usual:
        raise DataError(
            f"{file}: the regions have the attributes {', '.join(sorted(found))[:200]}, and none of them is known as "
            f"the class. Call it {_USUAL[0]!r}."
        )
    return usual[0][1]


def _attributes(region: Any) -> dict[str, Any]:
    attributes = region.get("region_attributes") if isinstance(region, dict) else None
    return attributes if isinstance(attributes, dict) else {}


def _name(region: Any, attribute: str | None) -> str:
    """Gives the class of a region; nothing if it has none. Of boxes that can be ticked it is the one that is."""
    if attribute is None:
        return _UNNAMED
    value = _attributes(region).get(attribute)
    if isinstance(value, dict):
        ticked = [key for key, is_ticked in value.items() if is_ticked]
        value = ticked[0] if len(ticked) == 1 else ""
    return str(value or "").strip()


def _kind(region: Any) -> str:
    shape = region.get("shape_attributes") if isinstance(region, dict) else None
    return str(shape.get("name") or "") if isinstance(shape, dict) else ""


def _has_area(region: Any) -> bool:
    return _kind(region) not in _NO_AREA


def _images(
    file: Path, document: Sequence[ViaImage], attribute: str | None, finder: ImageFinder, notes: Notes
) -> Iterator[DrawnImage]:
    first = 1
    for image in document:
        numbered = list(enumerate(image.regions, start=first))
        first += len(numbered)
        try:
            path = finder(image.filename, beside=file.parent)
        except UnsoundError as reason:
            notes.faults.add(reason.code, f"image {image.filename}", reason.message, file=str(file), cure=reason.cure)
            continue
        size = image_size(path, None, None, notes, finder.limits)
        if size is None:
            continue
        if isinstance(image.attributes, dict) and any(image.attributes.values()):
            notes.unread.note("attributes of images", f"{image.filename}: {next(iter(image.attributes))}")
        for _, region in numbered:
            for name in _attributes(region).keys() - {attribute}:
                notes.unread.note(f"attributes {name!r} of objects", f"{image.filename}")
        objects = notes.objects(numbered, lambda region: _object(region, attribute), str(file), path)
        yield DrawnImage(path, size, str(file), objects)


def _object(region: Any, attribute: str | None) -> tuple[str, Shape]:
    kind = _kind(region)
    if kind in _NO_AREA:
        raise NotHeldError(_NO_AREA[kind])
    if not kind:
        raise UnsoundError("missing-key", "no 'shape_attributes' with a 'name'")
    name = _name(region, attribute)
    if not name:
        raise UnsoundError("missing-key", f"no single value of the attribute {attribute!r}, which is the class")
    return name, _shape(kind, region["shape_attributes"])


def _shape(kind: str, shape: dict[str, Any]) -> Shape:
    if kind in ("polygon", "polyline"):
        xs, ys = shape.get("all_points_x"), shape.get("all_points_y")
        if not isinstance(xs, list) or not isinstance(ys, list) or len(xs) != len(ys):
            raise UnsoundError("polygon-not-numbers", "all_points_x and all_points_y must be lists of one length")
        return polygon(list(zip(xs, ys, strict=True)))
    if kind == "rect":
        x, y, width, height = _numbers(shape, "x", "y", "width", "height")
        if min(width, height) <= 0:
            raise UnsoundError(
                "box-empty", f"a rectangle needs a width and a height over 0, not {width:g} and {height:g}"
            )
        return rectangle((x, y), (x + width, y + height))
    if kind == "circle":
        x, y, radius = _numbers(shape, "cx", "cy", "r")
        return ellipse((x, y), (radius, radius))
    if kind == "ellipse":
        x, y, a, b = _numbers(shape, "cx", "cy", "rx", "ry")
        turn = _numbers(shape, "theta")[0] if shape.get("theta") else 0.0
        return ellipse((x, y), (a, b), math.degrees(turn))
    raise UnsoundError("bad-value", f"a region of the kind {kind[:40]!r} is unknown", "draw it as a polygon")


def _numbers(shape: dict[str, Any], *names: str) -> list[float]:
    values = [shape.get(name) for name in names]
    if not all(isinstance(value, int | float) and math.isfinite(value) for value in values):
        raise UnsoundError("box-not-numbers", f"{', '.join(names)} must be finite numbers, not {str(values)[:80]}")
    return [float(value) for value in values if value is not None]
