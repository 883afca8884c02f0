"""Writing COCO JSON."""

import json
from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

from boxwright.data.formats.losses import Losses
from boxwright.data.formats.part import Part, decimals, number
from boxwright.data.formats.segmentations import Segmentation
from boxwright.writing.atomic_file import atomic_file

IMAGES = "images/{split}"
"""Where the images of a split go."""


def write_coco(parts: Sequence[Part], folder: Path, losses: Losses) -> None:
    """Writes `annotations/instances_<split>.json`; ids are kept where no two are the same, else given anew.

    COCO holds everything that boxwright reads: nothing is lost.

    Args:
        parts: The splits.
        folder: Where to.
        losses: Nothing is added.
    """
    image_ids = _kept_or_new([part.table.image_ids.tolist() for part in parts])
    references = [part.table.references.tolist() for part in parts]
    annotation_ids = _kept_or_new(references) if all(part.has_ids for part in parts) else _counted(references)
    for part, images, annotations in zip(parts, image_ids, annotation_ids, strict=True):
        document = {
            "info": {"description": f"{part.split}, written by boxwright"},
            "licenses": [],
            "categories": [
                {"id": identity, "name": name}
                for identity, name in zip(part.category_ids, part.categories, strict=True)
            ],
            "images": [_image(part, position, images[position]) for position in range(len(part.table))],
            "annotations": list(_annotations(part, images, annotations)),
        }
        target = folder / "annotations" / f"instances_{part.split}.json"
        target.parent.mkdir(parents=True, exist_ok=True)
        with atomic_file(target) as file:
            file.write(json.dumps(document, ensure_ascii=False).encode("utf-8", "backslashreplace"))


def _kept_or_new(ids: list[list[int]]) -> list[list[int]]:
    everything = [identity for part in ids for identity in part]
    return ids if len(set(everything)) == len(everything) else _counted(ids)


def _counted(rows: list[list[int]]) -> list[list[int]]:
    """Counts from 1 over all parts."""
    starts = accumulate((len(part) for part in rows), initial=1)
    return [list(range(start, start + len(part))) for start, part in zip(starts, rows, strict=False)]


def _image(part: Part, position: int, identity: int) -> dict[str, Any]:
    height, width = part.size(position)
    return {"id": identity, "file_name": part.names[position], "width": width, "height": height}


def _annotations(part: Part, images: list[int], annotations: list[int]) -> Iterator[dict[str, Any]]:
    for position in range(len(part.table)):
        for row, entry in zip(part.rows(position), coco_objects(part, position), strict=True):
            yield {"id": annotations[row], "image_id": images[position], **entry}


def coco_objects(part: Part, position: int) -> Iterator[dict[str, Any]]:
    """Writes the objects of one image as COCO has them, without ids.

    Args:
        part: A split.
        position: Of the image.
    """
    size = part.size(position)
    for row in part.rows(position):
        left, top, right, bottom = decimals(part.table.boxes[row])
        (area,) = decimals(part.table.areas[row : row + 1])
        yield {
            "category_id": part.category_ids[int(part.table.labels[row])],
            "bbox": [number(value) for value in (left, top, right - left, bottom - top)],
            "area": number(area),
            "iscrowd": int(part.table.ignore[row]),
            "segmentation": _plain(part.mask(row, size)),
        }


def _plain(mask: Segmentation) -> Any:
    if mask is None:
        return []
    if isinstance(mask, dict):
        return mask
    return [[number(float(value)) for value in ring] for ring in mask]
