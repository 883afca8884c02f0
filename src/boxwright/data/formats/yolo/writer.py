"""Writing a YOLO folder."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml

from boxwright.data.formats.losses import Losses
from boxwright.data.formats.part import Part
from boxwright.data.formats.segmentations import Segmentation
from boxwright.data.formats.yolo.ring_seams import join_rings
from boxwright.geometry.outlines import trace_outlines
from boxwright.structures import InstanceMasks
from boxwright.writing.atomic_file import atomic_file

IMAGES = "images/{split}"
"""Where the images of a split go."""

_SAME = 0.01  # pixels


def write_yolo(parts: Sequence[Part], folder: Path, losses: Losses) -> None:
    """Writes `labels/<split>/<image>.txt` and `data.yaml`; classes are numbered from 0.

    An object with a mask is a polygon, one without is a box.

    Args:
        parts: The splits.
        folder: Where to.
        losses: Takes crowds and difficult objects, areas, boxes beside masks, and masks of several parts.
    """
    for part in parts:
        for position, name in enumerate(part.names):
            target = folder / "labels" / part.split / f"{Path(name).stem}.txt"
            lines = [line for row in part.rows(position) if (line := _line(part, position, row, losses))]
            target.parent.mkdir(parents=True, exist_ok=True)
            with atomic_file(target) as file:
                file.write("".join(f"{line}\n" for line in lines).encode())
    categories = parts[0].categories
    if parts[0].category_ids != tuple(range(len(categories))):
        losses.note(
            "category ids, numbered from 0 in the same order", f"{categories[0]} was {parts[0].category_ids[0]}"
        )
    described: dict[str, Any] = {
        "path": ".",
        **{part.split: IMAGES.format(split=part.split) for part in parts},
        "nc": len(categories),
        "names": dict(enumerate(categories)),
    }
    with atomic_file(folder / "data.yaml") as file:
        file.write(yaml.safe_dump(described, sort_keys=False, allow_unicode=True).encode())


def _line(part: Part, position: int, row: int, losses: Losses) -> str | None:
    table, size = part.table, part.size(position)
    name = f"object {row - part.rows(position).start + 1} of {part.names[position]}"
    if table.ignore[row]:
        losses.note("crowds or difficult objects, left out: their place now counts as background", name)
        return None
    height, width = size
    left, top, right, bottom = (float(value) for value in table.boxes[row])
    mask = part.mask(row, size)
    if mask is None:
        if abs(float(table.areas[row]) / ((right - left) * (bottom - top)) - 1) > _SAME:
            losses.note("areas that are not those of the boxes, lost", name)
        columns = [
            (left + right) / 2 / width,
            (top + bottom) / 2 / height,
            (right - left) / width,
            (bottom - top) / height,
        ]
        values = [f"{value:.12g}" for value in columns]
    else:
        fractions = _outline(mask, size, name, losses)
        ring = fractions * (width, height)
        if np.abs(np.concatenate([ring.min(0), ring.max(0)]) - (left, top, right, bottom)).max() > _SAME:
            losses.note("boxes that are not those of their outlines, replaced by these", name)
        values = [f"{value:.17g}" for value in fractions.reshape(-1)]
    return " ".join([str(int(table.labels[row])), *values])


def _outline(mask: Segmentation, size: tuple[int, int], name: str, losses: Losses) -> np.ndarray:
    """Gives one outline for an object, as fractions of the width and height of its image."""
    if isinstance(mask, dict):
        drawn = InstanceMasks.from_rle([mask], size)
        rings = _traced(drawn)
        losses.note("run lengths, written as the outline of their pixels", name)
    else:
        rings = [np.asarray(ring, dtype=np.float64).reshape(-1, 2) for ring in mask or ()]
        drawn = InstanceMasks.from_polygons([[ring.reshape(-1).tolist() for ring in rings]], size)
    if len(rings) > 1:
        losses.note("masks of several outlines, joined by a seam without width", name)
    sides = np.array((size[1], size[0]), dtype=np.float64)
    fractions = _fractions(join_rings(rings).clip(0, sides), sides)
    again = InstanceMasks.from_polygons([[(fractions * sides).reshape(-1).tolist()]], size)
    if not (torch.equal(again.windows, drawn.windows) and torch.equal(again.bits, drawn.bits)):
        losses.note("masks that change by some pixels", name)
    return fractions


def _fractions(ring: np.ndarray, sides: np.ndarray) -> np.ndarray:
    """Divides so that multiplying gives the same number, or the next one above.

    A number below could fall under the border at which a point belongs to the next fifth of a pixel, and points with
    one decimal lie on such borders.
    """
    lower = np.nextafter(ring / sides, -1)
    for _ in range(3):
        lower = np.where(lower * sides >= ring, lower, np.nextafter(lower, 2))
    return np.asarray(lower).clip(0, 1)


def _traced(mask: InstanceMasks) -> list[np.ndarray]:
    """Traces a mask along pixel edges, its holes too."""
    (crop,), (corner,) = mask.crops(), mask.windows[:, :2].numpy()
    outer, holes = trace_outlines(crop)
    return [np.asarray(ring, dtype=np.float64) + corner for ring in (*outer, *holes)]
