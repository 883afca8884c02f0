"""From a data set in any form to shards."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from boxwright.data.carried_over import said_of_the_rest
from boxwright.data.destination import require_destination
from boxwright.data.every_part import read_every_part
from boxwright.data.faults import OnBad
from boxwright.data.formats.layout import Split
from boxwright.data.formats.losses import Losses
from boxwright.data.formats.part import Part
from boxwright.data.formats.table_dataset import Reading
from boxwright.data.loading.image_pass import check_images as check_images_of
from boxwright.data.portions import layout_and_path, root_of
from boxwright.data.reading_limits import ReadingLimits
from boxwright.data.shards.named_place import PREFIX
from boxwright.data.shards.part_writer import write_part
from boxwright.data.shards.shard_index import INDEX, PackedPart, ShardIndex
from boxwright.errors import ConfigError, DataError, counted
from boxwright.settings.python_names import answers_names
from boxwright.settings.reading import MAX_PIXELS
from boxwright.writing.atomic_file import atomic_file
from boxwright.writing.whole_folder import whole_folder

SHARD_MEGABYTES = 256.0
"""Large enough for an object store, small enough for a bounded cache."""


@dataclass(frozen=True, slots=True)
class Packing:
    """What was written.

    Args:
        folder: Where to.
        index: What it consists of.
        skipped: What was faulty at the source and left out.
        losses: What of the source is not in it.
    """

    folder: Path
    index: ShardIndex
    skipped: tuple[str, ...]
    losses: tuple[str, ...]

    def text(self) -> str:
        """Says all of it."""
        counts = (
            f"{counted(part.images, 'image')} and {counted(part.objects, 'object')} in {split} "
            f"({counted(len(part.shards), 'shard')}, {sum(file.size for file in part.files) / 1e6:,.1f} MB)"
            for split, part in self.index.parts.items()
        )
        said = f"Packed {', '.join(counts)} into {self.folder}. Train with --data {PREFIX}{self.folder}"
        return "\n".join([said, *said_of_the_rest(self.skipped, self.losses)])


@answers_names("pack")
def pack(
    source: str | Path,
    destination: str | Path,
    *,
    shard_megabytes: float = SHARD_MEGABYTES,
    on_bad: OnBad = "error",
    check_images: Literal["headers", "full"] = "headers",
    val: float | str | None = None,
    val_seed: int = 0,
    allow_outside: bool = False,
    max_pixels: int = MAX_PIXELS,
) -> Packing:
    """Writes a data set into a few large files, with its image files as they are, boxes and masks.

    Args:
        source: Data set: a folder, an annotation file, a YAML file, or "sample:bccd".
        destination: Folder to write, which must be empty or not yet there.
        shard_megabytes: Size of the files of images.
        on_bad: What to do about faulty annotations and images: stop with an error, or skip them.
        check_images: What is looked at: headers and ends of images; "full" decodes all.
        val: For data without parts: share of the images for val, or the file or run directory that says which.
        val_seed: Of the choice of these images.
        allow_outside: Whether a path in an annotation file may lead out of the folder of the data.
        max_pixels: Largest height × width of an image.

    Raises:
        DataError: The source cannot be read or has faults, or the destination is not empty, or lies in the source.
        ConfigError: The destination is no folder and cannot be one, or a number is impossible.
    """
    if not 0 < shard_megabytes < math.inf:
        raise ConfigError(f"shard_megabytes must be a number over 0; found {shard_megabytes}.")
    if "://" in str(destination):
        raise ConfigError(
            f"destination: {destination} is an address, and pack writes to a folder. Name a folder, and copy it there "
            "with the program of your object store."
        )
    folder = Path(destination)
    require_destination(folder, source)
    limits, losses = ReadingLimits(allow_outside, max_pixels, masks="kept"), Losses()
    readings = read_every_part(source, limits, val, val_seed, losses)
    usable = {split: _usable(reading, limits, decode=check_images == "full") for split, reading in readings.items()}
    faults = [fault for reading in usable.values() for fault in reading.faults.settle(on_bad)]
    skipped = dict.fromkeys(str(fault) for fault in faults if fault.severity == "error")
    for reading in usable.values():
        if not len(reading.table):
            raise DataError(f"{reading.source} has no usable image. Add images, or leave the part out.")
    index = _write(usable, folder, root_of(layout_and_path(source)[1]), int(shard_megabytes * 1e6))
    return Packing(folder, index, tuple(skipped), tuple(losses.lines()))


def _usable(reading: Reading, limits: ReadingLimits, *, decode: bool) -> Reading:
    """Looks at the images, and leaves out, with a fault, those that cannot be used."""
    findings = check_images_of(reading.table, limits, decode=decode)
    known = set(reading.faults.faults)
    found = dict.fromkeys(fault for finding in findings for fault in finding.faults if fault not in known)
    reading.faults.faults += found
    kept = [position for position, finding in enumerate(findings) if finding.is_usable]
    return reading if len(kept) == len(findings) else replace(reading, table=reading.table.take(kept))


def _write(readings: Mapping[Split, Reading], folder: Path, root: Path, most: int) -> ShardIndex:
    parts: dict[Split, PackedPart] = {}
    with whole_folder(folder) as place:
        for split, reading in readings.items():
            part = Part(split, reading.table, reading.categories, reading.category_ids, (), reading.has_ids)
            parts[split] = write_part(part, reading.row_word, place, root, most)
        index = ShardIndex(reading.categories, reading.category_ids, parts)
        with atomic_file(place / INDEX) as file:
            file.write(index.to_json())
    return index
