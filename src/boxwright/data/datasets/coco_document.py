"""Turning parsed COCO JSON into flat arrays, noting every fault on the way."""

import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from boxwright.data.datasets.annotation_table import AnnotationTable, Row
from boxwright.data.datasets.fault_list import FaultList
from boxwright.errors import DataError

# Pixels; x + width computed in floating point may pass the edge by a hair.
_TOLERANCE = 0.01
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reading:
    """What came out of a document.

    Args:
        categories: Class names by label.
        category_ids: Ids of the file by label, ascending.
        table: The sound images and objects.
        faults: What is not sound and is not in the table.
        warnings: What was changed.
    """

    categories: tuple[str, ...]
    category_ids: tuple[int, ...]
    table: AnnotationTable
    faults: FaultList
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Image:
    position: int
    name: str
    size: tuple[int, int]


class _UnsoundError(Exception):
    """An entry is not usable; the message says why."""


def read_document(document: dict[str, Any], source: str, root: Path) -> Reading:
    """Checks and flattens a parsed COCO document.

    Args:
        document: The parsed JSON with its three lists.
        source: What to call it in messages.
        root: The image folder.

    Raises:
        DataError: The categories are unusable; such a fault cannot be skipped.
    """
    categories, label_of = _read_categories(document["categories"], source)
    faults = FaultList(source)
    images, rejected = _read_images(document["images"], root, faults)
    rows, clipped = _read_objects(document["annotations"], images, rejected, label_of, faults)
    warnings: tuple[str, ...] = ()
    if clipped:
        warnings = (
            f"{source}: {len(clipped)} boxes reach over the edge of their image and were clipped to it "
            f"(first: {clipped[0]}).",
        )
        _log.warning(warnings[0])
    table = AnnotationTable.build(
        [os.path.join(root, image.name) for image in images.values()],
        list(images),
        [image.size for image in images.values()],
        rows,
    )
    return Reading(categories, tuple(label_of), table, faults, warnings)


def _read_categories(entries: list[Any], source: str) -> tuple[tuple[str, ...], dict[int, int]]:
    names: dict[int, str] = {}
    for entry in entries:
        identity = entry.get("id") if isinstance(entry, dict) else None
        if not isinstance(identity, int) or "name" not in entry:
            raise DataError(f"{source}: category {entry!r} needs a whole-number 'id' and a 'name'. Add them.")
        if identity in names or str(entry["name"]) in names.values():
            raise DataError(
                f"{source}: category {entry!r} repeats an id or a name. Give every category its own of both."
            )
        names[identity] = str(entry["name"])
    if not names:
        raise DataError(f"{source} has no categories. List the classes under 'categories'.")
    ordered = sorted(names)
    return tuple(names[identity] for identity in ordered), {identity: label for label, identity in enumerate(ordered)}


def _read_images(entries: list[Any], root: Path, faults: FaultList) -> tuple[dict[int, _Image], set[int]]:
    """Gives the sound images by id, and the ids of the others."""
    images: dict[int, _Image] = {}
    rejected: set[int] = set()
    for number, entry in enumerate(entries):
        try:
            identity, name, size = _image_of(entry, root)
            if identity in images:
                raise _UnsoundError(f"its id is already that of {images[identity].name}; give it one of its own")
        except _UnsoundError as reason:
            shown = entry.get("id", f"number {number}") if isinstance(entry, dict) else f"number {number}"
            faults.add(f"image {shown}: {reason}")
            if isinstance(shown, int) and shown not in images:
                rejected.add(shown)
            continue
        images[identity] = _Image(len(images), name, size)
    return images, rejected


def _image_of(entry: Any, root: Path) -> tuple[int, str, tuple[int, int]]:
    _require(entry, ("id", "file_name", "width", "height"))
    identity, name, size = entry["id"], entry["file_name"], (entry["height"], entry["width"])
    if not _is_integer(identity):
        raise _UnsoundError(f"the id must be a whole number, not {identity!r}")
    if not isinstance(name, str) or not name:
        raise _UnsoundError(f"file_name must be a text, not {name!r}")
    if not all(_is_integer(side) and side > 0 for side in size):
        raise _UnsoundError(f"{name}: width and height must be whole numbers over 0, not {size[1]!r} and {size[0]!r}")
    normal = os.path.normpath(name)
    if os.path.isabs(normal) or normal.split(os.sep)[0] == os.pardir:
        raise _UnsoundError(
            f"file_name {name!r} leads out of the image folder {root}; write it relative to that folder"
        )
    if not os.path.isfile(os.path.join(root, normal)):
        raise _UnsoundError(f"{os.path.join(root, normal)} does not exist; restore the file or remove the entry")
    return identity, normal, size


def _read_objects(
    entries: list[Any], images: dict[int, _Image], rejected: set[int], label_of: dict[int, int], faults: FaultList
) -> tuple[list[Row], list[str]]:
    """Gives the sound objects, and the names of those that were clipped."""
    rows: list[Row] = []
    clipped: list[str] = []
    orphans = 0
    for number, entry in enumerate(entries):
        shown = entry.get("id", f"number {number}") if isinstance(entry, dict) else f"number {number}"
        try:
            _require(entry, ("image_id", "category_id", "bbox"))
            image_id = entry["image_id"] if _is_integer(entry["image_id"]) else None
            if image_id in rejected:
                orphans += 1
                continue
            if image_id not in images:
                raise _UnsoundError(f"unknown image id {entry['image_id']!r}; correct it or list the image")
            image = images[image_id]
            row, was_clipped = _object_of(entry, image, label_of)
        except _UnsoundError as reason:
            faults.add(f"annotation {shown}: {reason}")
            continue
        rows.append(row)
        if was_clipped:
            clipped.append(f"annotation {shown} in {image.name}")
    if orphans:
        faults.add(f"{orphans} annotations belong to the faulty images above")
    return rows, clipped


def _object_of(entry: dict[str, Any], image: _Image, label_of: dict[int, int]) -> tuple[Row, bool]:
    category = entry["category_id"]
    label = label_of.get(category) if _is_integer(category) else None
    if label is None:
        raise _UnsoundError(f"in {image.name}: unknown category id {category!r}; valid are {sorted(label_of)}")
    box = entry["bbox"]
    if not isinstance(box, list) or len(box) != 4 or not all(_is_finite(value) for value in box):
        raise _UnsoundError(f"in {image.name}: bbox must be four finite numbers [x, y, width, height], not {box!r}")
    x, y, box_width, box_height = (float(value) for value in box)
    if box_width <= 0 or box_height <= 0:
        raise _UnsoundError(f"in {image.name}: bbox {box!r} needs a width and a height over 0; redraw or remove it")
    height, width = image.size
    corners = (max(x, 0.0), max(y, 0.0), min(x + box_width, float(width)), min(y + box_height, float(height)))
    if corners[0] >= corners[2] or corners[1] >= corners[3]:
        raise _UnsoundError(
            f"in {image.name}: bbox {box!r} lies outside the {width}×{height} image; redraw or remove it"
        )
    crowd = entry.get("iscrowd", 0)
    if crowd not in (0, 1):
        raise _UnsoundError(f"in {image.name}: iscrowd must be 0 or 1, not {crowd!r}")
    area = entry.get("area")
    pixels = float(area) if area is not None and _is_finite(area) and area > 0 else box_width * box_height
    row = (image.position, *corners, label, bool(crowd), pixels)
    drawn = (x, y, x + box_width, y + box_height)
    return row, any(abs(kept - given) > _TOLERANCE for kept, given in zip(corners, drawn, strict=True))


def _require(entry: Any, keys: tuple[str, ...]) -> None:
    if not isinstance(entry, dict):
        raise _UnsoundError(f"the entry must be an object, not {entry!r}")
    lacking = [key for key in keys if key not in entry]
    if lacking:
        raise _UnsoundError(f"no {' and no '.join(map(repr, lacking))}; export the file again with all COCO keys")


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_finite(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e12
