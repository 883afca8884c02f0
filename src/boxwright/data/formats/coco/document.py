"""Turning parsed COCO JSON into flat arrays, noting every fault on the way."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from boxwright.bounded_text import listed
from boxwright.data.faults import Fault, FaultList
from boxwright.data.formats.annotation_table import AnnotationTable, Row
from boxwright.data.formats.box_check import UnsoundError, sound_box
from boxwright.data.formats.coco.ids import identity_of, table_ids
from boxwright.data.formats.coco.odd_entries import odd_entries
from boxwright.data.formats.coco.plain_entries import Entries, PlainEntries
from boxwright.data.formats.coco.plain_objects import PlainObjects
from boxwright.data.formats.coco.root_category import without_root_category
from boxwright.data.formats.coco.sound_objects import SoundObjects
from boxwright.data.formats.coco.values import is_finite, is_integer, is_name, side_of
from boxwright.data.formats.image_paths import path_inside
from boxwright.data.formats.losses import Losses
from boxwright.data.formats.object_mask import object_mask
from boxwright.data.formats.required_masks import report_lack
from boxwright.data.formats.segmentations import Segmentation
from boxwright.data.formats.table_dataset import Reading
from boxwright.data.formats.written_boxes import WrittenBoxes
from boxwright.data.reading_limits import DEFAULT_LIMITS, MaskDemand, ReadingLimits
from boxwright.errors import DataError, counted


@dataclass(frozen=True, slots=True)
class _Image:
    position: int
    name: str
    size: tuple[int, int]


class _ShownBox(NamedTuple):
    """A box in a message, written out only if there is one."""

    name: str
    box: list[float]

    def __str__(self) -> str:
        return f"in {self.name}: bbox {self.box!r}"


def read_document(document: dict[str, Any], source: str, root: Path, limits: ReadingLimits | None = None) -> Reading:
    """Checks and flattens a parsed COCO document.

    Args:
        document: The parsed JSON with its three lists.
        source: What to call it in messages.
        root: The image folder.
        limits: What is refused.

    Raises:
        DataError: The categories are unusable; such a fault cannot be skipped.
    """
    faults = FaultList(source)
    annotations = Entries.of(document["annotations"])
    categories, label_of = _read_categories(without_root_category(document["categories"], annotations, faults), source)
    if max(label_of) - min(label_of) >= len(label_of):
        faults.add("id-gap", None, f"the category ids have gaps: [{listed(label_of)}]")
    images, rejected = _read_images(document["images"], root, faults, limits or DEFAULT_LIMITS)
    demand = (limits or DEFAULT_LIMITS).masks
    objects = _read_objects(annotations, images, rejected, label_of, demand, faults)
    unread = Losses()
    table = AnnotationTable.build(
        [os.path.join(root, image.name) for image in images.values()],
        table_ids(list(images), faults, unread),
        [image.size for image in images.values()],
        objects.rows,
        objects.references,
        None if demand in ("none", "judged") else objects.segmentations.finished(),
    )
    report_lack(table, faults, demand)
    return Reading(source, categories, tuple(label_of), table, faults, unread=unread)


def _read_categories(entries: list[Any], source: str) -> tuple[tuple[str, ...], dict[int, int]]:
    names: dict[int, str] = {}
    for entry in entries:
        identity = identity_of(entry.get("id")) if isinstance(entry, dict) else None
        if isinstance(identity, str):
            raise DataError(
                f"{source}: the id of category {entry!r} is a text. Write it as a whole number, here and in the "
                "annotations."
            )
        if identity is None or not is_name(entry.get("name")):
            raise DataError(
                f"{source}: category {entry!r} needs a whole-number 'id', and a 'name' that is a text with a letter in "
                "it. Add them."
            )
        if identity in names or str(entry["name"]) in names.values():
            raise DataError(
                f"{source}: category {entry!r} repeats an id or a name. Give every category its own of both."
            )
        names[identity] = str(entry["name"])
    if not names:
        raise DataError(f"{source} has no categories. List the classes under 'categories'.")
    ordered = sorted(names)
    return tuple(names[identity] for identity in ordered), {identity: label for label, identity in enumerate(ordered)}


def _read_images(
    entries: list[Any], root: Path, faults: FaultList, limits: ReadingLimits
) -> tuple[dict[int | str, _Image], set[int | str]]:
    """Gives the sound images by id, and the ids of the others."""
    images: dict[int | str, _Image] = {}
    rejected: set[int | str] = set()
    for number, entry in enumerate(entries):
        try:
            identity, name, size = _image_of(entry, root, limits)
            if identity in images:
                raise UnsoundError("duplicate-id", f"its id is already that of {images[identity].name}")
        except UnsoundError as reason:
            faults.add(reason.code, f"image {_name_of(entry, number)}", reason.message, cure=reason.cure)
            known = identity_of(entry.get("id")) if isinstance(entry, dict) else None
            if known is not None and known not in images:
                rejected.add(known)
            continue
        images[identity] = _Image(len(images), name, size)
    return images, rejected


def _image_of(entry: Any, root: Path, limits: ReadingLimits) -> tuple[int | str, str, tuple[int, int]]:
    _require(entry, ("id", "file_name", "width", "height"))
    identity, name, size = (
        identity_of(entry["id"]),
        entry["file_name"],
        tuple(map(side_of, (entry["height"], entry["width"]))),
    )
    if identity is None:
        raise UnsoundError("bad-value", f"the id must be a whole number or a text, not {entry['id']!r}")
    if not isinstance(name, str) or not name:
        raise UnsoundError("bad-value", f"file_name must be a text, not {name!r}")
    if not all(is_integer(side) and side > 0 for side in size):
        raise UnsoundError(
            "bad-value", f"{name}: width and height must be whole numbers over 0, not {size[1]!r} and {size[0]!r}"
        )
    refused = limits.refused_size(size)
    if refused is not None:
        raise UnsoundError("image-too-large", f"{name}: {refused}")
    inside = path_inside(root, name, limits)
    if not os.path.isfile(os.path.join(root, inside)):
        raise UnsoundError("missing-image", f"{os.path.join(root, inside)} does not exist")
    return identity, inside, size


def _read_objects(
    entries: Entries,
    images: dict[int | str, _Image],
    rejected: set[int | str],
    label_of: dict[int, int],
    demand: MaskDemand,
    faults: FaultList,
) -> SoundObjects:
    """Gives the sound objects; what was read of a group is let go."""
    objects, orphans, number = SoundObjects(), 0, 0
    odd = odd_entries(entries)
    places = {identity: image.position for identity, image in images.items()}
    known = list(images.values())
    plain = PlainObjects(places, [image.size for image in known], [image.name for image in known], label_of, demand)
    del places, known
    for turn, group in enumerate(entries.groups):
        entries.groups[turn] = []
        one_by_one: Iterable[Any] = [] if isinstance(group, PlainEntries) else group
        if isinstance(group, PlainEntries) and not plain.add(group, objects, faults):
            one_by_one = group.entries()
        orphans += _read_group(one_by_one, number, images, rejected, label_of, demand, faults, objects)
        number += len(group)
    if orphans:
        belong = counted(orphans, "annotation belongs", "annotations belong")
        faults.add("orphans", None, f"{belong} to the faulty images above")
    objects.outlines.report(faults, is_needed=demand == "required")
    objects.written.report(faults)
    faults.faults += [Fault(code, faults.source, None, text) for code, text in odd]
    return objects


def _read_group(
    entries: Iterable[Any],
    first: int,
    images: dict[int | str, _Image],
    rejected: set[int | str],
    label_of: dict[int, int],
    demand: MaskDemand,
    faults: FaultList,
    objects: SoundObjects,
) -> int:
    """Reads annotations one by one, and gives how many belong to images that are left out."""
    orphans = 0
    for number, entry in enumerate(entries, start=first):
        try:
            _require(entry, ("image_id", "category_id", "bbox"))
            image_id = identity_of(entry["image_id"])
            if image_id in rejected:
                orphans += 1
                continue
            if image_id is None or image_id not in images:
                raise UnsoundError("unknown-image", f"unknown image id {entry['image_id']!r}")
            image = images[image_id]
            row, is_clipped = _object_of(entry, image, label_of, objects.written)
            mask = None if demand == "none" else _mask_of(entry, row, image, demand, number, faults, objects)
        except UnsoundError as reason:
            faults.add(reason.code, f"annotation {_name_of(entry, number)}", reason.message, cure=reason.cure)
            continue
        identity = identity_of(entry.get("id"))
        objects.rows.extend(row)
        objects.references.append(identity if isinstance(identity, int) and abs(identity) < 2**63 else -1)
        if demand in ("kept", "required"):
            objects.segmentations.add(mask)
        if is_clipped:
            name = f"annotation {_name_of(entry, number)}"
            faults.add("box-clipped", name, f"in {image.name}: bbox {entry['bbox']!r}")
    return orphans


def _mask_of(
    entry: dict[str, Any],
    row: Row,
    image: _Image,
    demand: MaskDemand,
    number: int,
    faults: FaultList,
    objects: SoundObjects,
) -> Segmentation:
    def note(code: str, message: str) -> None:
        faults.add(code, f"annotation {_name_of(entry, number)}", message)

    objects.outlines.add(entry.get("segmentation"), image.size)
    found, shown = entry.get("segmentation"), f"in {image.name}"
    return object_mask(found, row[1:5], image.size, demand, note, shown=shown, is_ignored=row[6])


def _object_of(
    entry: dict[str, Any], image: _Image, label_of: dict[int, int], written: WrittenBoxes
) -> tuple[Row, bool]:
    category = entry["category_id"]
    known = identity_of(category)
    label = label_of.get(known) if isinstance(known, int) else None
    if label is None:
        raise UnsoundError(
            "unknown-class", f"in {image.name}: unknown category id {category!r}; valid are [{listed(label_of)}]"
        )
    box = entry["bbox"]
    if not isinstance(box, list) or len(box) != 4 or not all(map(is_finite, box)):
        raise UnsoundError(
            "box-not-numbers",
            f"in {image.name}: bbox must be four finite numbers [x, y, width, height], not {box!r}",
        )
    x, y, box_width, box_height = map(float, box)
    written.add((x, y, box_width, box_height), image.size)
    corners, is_clipped = sound_box((x, y, x + box_width, y + box_height), image.size, _ShownBox(image.name, box))
    crowd = entry.get("iscrowd", 0)
    if crowd not in (0, 1):
        raise UnsoundError("bad-value", f"in {image.name}: iscrowd must be 0 or 1, not {crowd!r}")
    area = entry.get("area")
    pixels = float(area) if area is not None and is_finite(area) and area > 0 else box_width * box_height
    return (image.position, *corners, label, bool(crowd), pixels), is_clipped


def _name_of(entry: Any, number: int) -> Any:
    """Gives the id of an entry, or else its place in the list."""
    return entry.get("id", f"number {number}") if isinstance(entry, dict) else f"number {number}"


def _require(entry: Any, keys: tuple[str, ...]) -> None:
    if not isinstance(entry, dict):
        raise UnsoundError("bad-value", f"the entry must be an object, not {entry!r}")
    lacking = [key for key in keys if key not in entry]
    if lacking:
        cure = "export the file again with all COCO keys"
        raise UnsoundError("missing-key", f"no {' and no '.join(map(repr, lacking))}", cure)
