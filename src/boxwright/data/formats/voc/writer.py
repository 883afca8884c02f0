"""Writing a Pascal VOC folder."""

import io
from collections.abc import Sequence
from pathlib import Path
from xml.etree.ElementTree import Element, ElementTree, SubElement, indent

import numpy as np
from PIL import Image

from boxwright.data.formats.losses import Losses
from boxwright.data.formats.part import Part, decimals, number
from boxwright.data.formats.voc.masks import VOID
from boxwright.lettering.visible import visible
from boxwright.writing.atomic_file import atomic_file

IMAGES = "JPEGImages"
"""Where the images of all splits go."""


def write_voc(parts: Sequence[Part], folder: Path, losses: Losses) -> None:
    """Writes `Annotations`, `ImageSets/Main`, `labels.txt` and, where there are masks, `SegmentationObject`.

    Corners are written as boxwright reads them, as points from 0 to the width and the height; crowds are difficult.

    Args:
        parts: The splits.
        folder: Where to.
        losses: Takes fractions, areas, outlines, and masks under others.
    """
    for part in parts:
        with_masks = [_write_image(part, position, folder, losses) for position in range(len(part.table))]
        stems = [Path(name).stem for name in part.names]
        _write(folder / "ImageSets" / "Main" / f"{part.split}.txt", _lines(stems))
        if any(with_masks):
            kept = [stem for stem, has_mask in zip(stems, with_masks, strict=True) if has_mask]
            _write(folder / "ImageSets" / "Segmentation" / f"{part.split}.txt", _lines(kept))
    _write(folder / "labels.txt", _lines([visible(name) for name in parts[0].categories]))
    for name in parts[0].categories:
        if name != visible(name):
            losses.note("class names that XML cannot hold, written with escapes", visible(name))
    if parts[0].category_ids != tuple(range(1, len(parts[0].categories) + 1)):
        first = f"{parts[0].categories[0]} was {parts[0].category_ids[0]}"
        losses.note("category ids, numbered from 1 in the same order", first)


def _write_image(part: Part, position: int, folder: Path, losses: Losses) -> bool:
    """Writes the files of one image, and says whether it has masks."""
    height, width = part.size(position)
    stem = Path(part.names[position]).stem
    pixels = _object_numbers(part, position, losses)
    root = Element("annotation")
    _text(root, folder=IMAGES)
    if part.names[position] == visible(part.names[position]):
        _text(root, filename=part.names[position])
    else:
        losses.note("file names that XML cannot hold, left out of the annotation", visible(part.names[position]))
    _text(SubElement(root, "size"), width=width, height=height, depth=3)
    _text(root, segmented=int(pixels is not None))
    for count, row in enumerate(part.rows(position), start=1):
        _add_object(root, part, row, f"object {count} of {part.names[position]}", losses)
    indent(root)
    encoded = io.BytesIO()
    ElementTree(root).write(encoded, encoding="utf-8")
    _write(folder / "Annotations" / f"{stem}.xml", encoded.getvalue() + b"\n")
    if pixels is None:
        return False
    picture = Image.fromarray(pixels)
    picture.putpalette(np.random.default_rng(0).integers(64, 256, 768, dtype=np.uint8).tobytes())
    encoded = io.BytesIO()
    picture.save(encoded, "PNG")
    _write(folder / "SegmentationObject" / f"{stem}.png", encoded.getvalue())
    return True


def _add_object(root: Element, part: Part, row: int, name: str, losses: Losses) -> None:
    table = part.table
    corners = decimals(table.boxes[row])
    if any(value != int(value) for value in corners):
        losses.note("corners with fractions, which are kept but which some programs cannot read", name)
    left, top, right, bottom = (float(value) for value in corners)
    if abs(float(table.areas[row]) / ((right - left) * (bottom - top)) - 1) > 0.01:
        losses.note("areas that are not those of the boxes, lost", name)
    entry = SubElement(root, "object")
    _text(entry, name=visible(part.categories[int(table.labels[row])]), difficult=int(table.ignore[row]))
    values = [number(value) for value in corners]
    _text(SubElement(entry, "bndbox"), **dict(zip(("xmin", "ymin", "xmax", "ymax"), values, strict=True)))


def _object_numbers(part: Part, position: int, losses: Losses) -> np.ndarray | None:
    """Paints every object with its number, later ones over earlier ones; None if no object has a mask."""
    masks, rows, name = part.table.truth(position).masks, part.rows(position), part.names[position]
    segmentations = part.table.segmentations
    if masks is None or segmentations is None or not any(segmentations.has_mask(row) for row in rows):
        return None
    if len(rows) >= VOID:
        losses.note(f"images of more than {VOID - 1} objects, whose masks are left out", name)
        return None
    pixels = np.zeros(part.size(position), np.uint8)
    crops, windows = masks.crops(), masks.windows.tolist()
    for count, (row, crop, (x1, y1, x2, y2)) in enumerate(zip(rows, crops, windows, strict=True), start=1):
        if segmentations.has_mask(row):
            pixels[y1:y2, x1:x2][crop.numpy()] = count
    for count, (row, area) in enumerate(zip(rows, masks.areas.tolist(), strict=True), start=1):
        mask = part.mask(row, part.size(position))
        if mask is not None and not isinstance(mask, dict):
            losses.note("outlines, written as the pixels inside them", f"object {count} of {name}")
        if mask is not None and int((pixels == count).sum()) < area:
            losses.note("masks that lie under others and lose what is covered", f"object {count} of {name}")
    return pixels


def _text(parent: Element, **values: object) -> None:
    for tag, value in values.items():
        SubElement(parent, tag).text = str(value)


def _lines(words: Sequence[str]) -> bytes:
    return "".join(f"{word}\n" for word in words).encode("utf-8", "surrogateescape")


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_file(path) as file:
        file.write(content)
