"""Opening a part of packed data."""

import numpy as np

from boxwright.bounded_text import listed
from boxwright.data.faults import FaultList
from boxwright.data.formats.annotation_table import AnnotationTable
from boxwright.data.formats.layout import PartNotFoundError, Split
from boxwright.data.formats.required_masks import report_lack
from boxwright.data.formats.table_dataset import Reading
from boxwright.data.reading_limits import ReadingLimits
from boxwright.data.shards.named_place import PREFIX, place_of_shards
from boxwright.data.shards.packed_images import PackedImages
from boxwright.data.shards.shard_index import PackedPart
from boxwright.data.shards.table_columns import COLUMNS, ImagePlaces, open_columns
from boxwright.errors import DataError


def read_shards(source: str, split: Split, limits: ReadingLimits) -> Reading:
    """Opens a part of packed data; annotations stay on the disk until they are needed.

    Args:
        source: As a user names it: "shards:" before a folder or an address.
        split: Which part.
        limits: What is refused.

    Raises:
        PartNotFoundError: The data have no such part.
        DataError: They are not there, or not what was packed.
    """
    place = place_of_shards(source.removeprefix(PREFIX))
    index = place.index()
    if split not in index.parts:
        found = listed(sorted(index.parts)) or "none"
        raise PartNotFoundError(f"{source} has no {split} part; it has {found}. Pack data that have one.")
    part = index.parts[split]
    lacking = [name for name in COLUMNS if name not in part.columns]
    if lacking:
        raise DataError(f"{source}: the index has no {listed(lacking)} of {split}. Pack the data again.")
    place.require_whole(part)
    table, places = open_columns(
        {name: place.path(part.columns[name]) for name in COLUMNS},
        part.images,
        part.objects,
        len(index.categories),
        with_masks=limits.masks in ("kept", "required"),
        source=f"{source}, {split}",
    )
    _require_within(places, part, f"{source}, {split}")
    faults = FaultList(source)
    usable = _usable(table, limits, faults)
    images = PackedImages(place, part, places)
    if len(usable) < len(table):
        table, images = table.take(usable), images.take(usable)
    _report_masks(table, faults, limits, part.word)
    return Reading(
        source,
        index.categories,
        index.category_ids,
        table,
        faults,
        part.word,
        has_ids=part.has_ids,
        images=images,
    )


def _usable(table: AnnotationTable, limits: ReadingLimits, faults: FaultList) -> np.ndarray:
    """Gives the images that are not refused for their size."""
    pixels = table.sizes.astype(np.int64).prod(axis=1)
    is_large = pixels > limits.max_pixels
    for position in np.flatnonzero(is_large).tolist():
        height, width = table.sizes[position].tolist()
        faults.add("image-too-large", f"image {table.path(position)}", limits.refused_size((height, width)) or "")
    return np.flatnonzero(~is_large)


def _report_masks(table: AnnotationTable, faults: FaultList, limits: ReadingLimits, word: str) -> None:
    """Says which objects have no mask where each needs one."""
    if limits.masks != "required":
        return
    rows = np.flatnonzero(table.lacks_mask())
    images = np.searchsorted(table.offsets, rows, side="right") - 1
    for row, image in zip(rows.tolist(), images.tolist(), strict=True):
        text = f"in {table.path(image)}: the object has a box and no mask"
        faults.add("mask-missing", f"{word} {int(table.references[row])}", text)
    report_lack(table, faults, limits.masks)


def _require_within(places: ImagePlaces, part: PackedPart, source: str) -> None:
    """Refuses places outside of the shards."""
    sizes = np.array([shard.size for shard in part.shards], dtype=np.int64)
    is_wrong = places.shard >= len(sizes)
    if not is_wrong.any():
        is_wrong = places.start > sizes[places.shard] - places.length
    if is_wrong.any():
        raise DataError(f"{source}: {int(is_wrong.sum()):,} images lie outside of the shards. Pack the data again.")
