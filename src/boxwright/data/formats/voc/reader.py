"""Pascal VOC files of many images, as one table."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import Any

from boxwright.bounded_text import listed
from boxwright.data.faults import Fault, FaultList
from boxwright.data.formats.box_check import UnsoundError, sound_box
from boxwright.data.formats.drawing.shapes import rotated_rectangle
from boxwright.data.formats.image_paths import path_inside
from boxwright.data.formats.path_tails import is_of_another_machine
from boxwright.data.formats.row_collector import RowCollector
from boxwright.data.formats.segmentations import Segmentation
from boxwright.data.formats.table_dataset import Reading
from boxwright.data.formats.voc.annotation import VocAnnotation, VocObject, read_annotation
from boxwright.data.formats.voc.masks import read_object_masks
from boxwright.data.formats.written_boxes import BoxForm, WrittenBoxes
from boxwright.data.formats.xml_file import xml_file
from boxwright.data.images.check import usable_header
from boxwright.data.images.file_formats import IMAGE_SUFFIXES
from boxwright.data.reading_limits import ReadingLimits

FORM = BoxForm("pixels", "xyxy")
"""What the numbers of a `<bndbox>` are."""


@dataclass(frozen=True, slots=True)
class VocFolders:
    """Where the files of a data set lie.

    Args:
        annotations: XML files.
        images: Folders of images, tried in this order.
        object_masks: Pictures whose pixels are object numbers, or None.
    """

    annotations: Path
    images: tuple[Path, ...]
    object_masks: Path | None = None


def read_pascal_voc(
    names: Sequence[str], folders: VocFolders, categories: Sequence[str], faults: FaultList, limits: ReadingLimits
) -> Reading:
    """Reads the annotations of a list of images.

    The image of `a.xml` is `a.jpg` (or another suffix), else what `<filename>` says. Corners are taken as they are
    written, as points in a frame from 0 to the width and from 0 to the height, which is what LabelImg and most tools
    write; nothing is subtracted. Difficult objects are ignored regions. A box that CVAT turned is its outline and the
    upright box around it.

    Args:
        names: File names without suffix, as in the lists of `ImageSets`; as often as they are listed.
        folders: Where the files lie.
        categories: Class names by label.
        faults: Takes what is wrong.
        limits: What is refused.
    """
    label_of = {name: label for label, name in enumerate(categories)}
    rows, written = RowCollector(limits.masks, "object", faults), WrittenBoxes(FORM)
    positions: dict[str, int | None] = {}
    for name in names:
        if name in positions:
            rows.again(positions[name])
            continue
        positions[name] = None
        file = xml_file(folders.annotations, name)
        found = read_annotation(file, faults)
        if found is None:
            continue
        try:
            image = _image_of(name, found, folders, limits)
        except UnsoundError as reason:
            faults.add(reason.code, None, reason.message, file=str(file), cure=reason.cure)
            continue
        size = _size_of(found, image, file, faults, limits)
        if size is None:
            continue
        if found.filename and not _is_named(found.filename, Path(image)):
            faults.add("wrong-filename", None, f"<filename> is {found.filename!r}, the image {image}", file=str(file))
        positions[name] = len(rows.paths)
        rows.begin(image, size, str(file))
        masks = _masks_of(name, folders, limits, size, faults)
        for each in found.objects:
            written.add(each.corners, size)
            _add(each, label_of, rows, masks.get(each.number))
            for tag in each.unread:
                rows.unread.note(f"objects with {tag}", f"{file}, object {each.number}")
    written.report(faults)
    return rows.reading(categories, range(1, len(categories) + 1))


def _is_named(filename: str, image: Path) -> bool:
    """Says whether a file name, of any machine and with its suffix or without it, is that of an image."""
    return PureWindowsPath(filename).name in (image.name, image.stem)  # which knows / and \\


def _size_of(
    found: VocAnnotation, image: str, file: Path, faults: FaultList, limits: ReadingLimits
) -> tuple[int, int] | None:
    """Gives height and width, as annotated or else from the image; None with a fault."""
    if found.size is None:
        header = usable_header(image, limits)
        if isinstance(header, Fault):
            faults.faults.append(header)
            return None
        return header.shown_size
    refused = limits.refused_size(found.size)
    if refused is not None:
        faults.add("image-too-large", None, refused, file=str(file))
        return None
    return found.size


def _image_of(name: str, found: VocAnnotation, folders: VocFolders, limits: ReadingLimits) -> str:
    filename = found.filename
    if filename and is_of_another_machine(filename) and not limits.allow_outside:
        filename = PureWindowsPath(filename).name
    for folder in folders.images:
        inside = path_inside(folder, name, limits)
        candidates = [f"{inside}{suffix}" for suffix in (*IMAGE_SUFFIXES, *(each.upper() for each in IMAGE_SUFFIXES))]
        if filename:
            same_name = os.path.splitext(filename)[0] == os.path.basename(name)
            place = len(candidates) if not same_name else 0
            candidates.insert(place, path_inside(folder, filename, limits))
        for candidate in candidates:
            if os.path.isfile(folder / candidate):
                return str(folder / candidate)
    raise UnsoundError("missing-image", f"there is no image {name!r} in {' or '.join(map(str, folders.images))}")


def _add(each: VocObject, label_of: dict[str, int], rows: RowCollector, mask: dict[str, Any] | None) -> None:
    shown = f"{each.name} [{', '.join(f'{value:g}' for value in each.corners)}]"
    x1, y1, x2, y2 = each.corners
    shape = None
    try:
        if each.rotation % 360:
            shape = rotated_rectangle(each.corners, each.rotation, ((x1 + x2) / 2, (y1 + y2) / 2))
        if each.name not in label_of:
            raise UnsoundError("unknown-class", f"unknown class {each.name!r}; valid are {listed(label_of)}")
        corners, is_clipped = sound_box(shape.corners if shape else each.corners, rows.sizes[-1], shown)
    except UnsoundError as reason:
        rows.fault(reason, each.number)
        return
    if is_clipped:
        rows.fault(UnsoundError("box-clipped", shown), each.number)
    left, top, right, bottom = corners
    area = (right - left) * (bottom - top)
    drawn: Segmentation = mask if mask or shape is None else shape.mask
    rows.add(corners, label_of[each.name], ignore=each.is_difficult, area=area, mask=drawn, number=each.number)


def _masks_of(
    name: str, folders: VocFolders, limits: ReadingLimits, size: tuple[int, int], faults: FaultList
) -> dict[int, dict[str, Any]]:
    if limits.masks == "none" or folders.object_masks is None:
        return {}
    found = FaultList(faults.source)
    masks = read_object_masks(folders.object_masks / f"{name}.png", size, limits, found)
    for fault in found.faults:
        faults.faults.append(
            Fault("mask-unused", fault.file, fault.where, fault.message) if limits.masks == "judged" else fault
        )
    return masks
