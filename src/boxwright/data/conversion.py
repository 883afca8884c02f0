"""From any format that is read to any format that is written."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from boxwright.data.carried_over import said_of_the_rest
from boxwright.data.destination import require_destination
from boxwright.data.every_part import read_every_part
from boxwright.data.faults import OnBad
from boxwright.data.formats import FORMATS
from boxwright.data.formats.layout import Split
from boxwright.data.formats.losses import Losses
from boxwright.data.formats.part import Part
from boxwright.data.formats.table_dataset import Reading
from boxwright.data.image_placing import image_positions, names_of_images, place_images
from boxwright.data.images.header import read_header
from boxwright.data.reading_limits import ReadingLimits
from boxwright.errors import counted, unknown_name
from boxwright.settings.python_names import answers_names
from boxwright.settings.reading import MAX_PIXELS
from boxwright.writing.whole_folder import whole_folder

WRITTEN = {name: each for name, each in FORMATS.items() if each.write is not None}
"""The formats that can be written."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """What was written.

    Args:
        folder: Where to.
        images: Number of images by split.
        objects: Number of objects by split.
        losses: What the format cannot hold, one line per kind; empty if nothing was lost.
        skipped: What was faulty at the source and left out.
    """

    folder: Path
    images: dict[str, int]
    objects: dict[str, int]
    losses: tuple[str, ...]
    skipped: tuple[str, ...]

    def text(self) -> str:
        """Says all of it."""
        counts = (
            f"{counted(images, 'image')} and {counted(self.objects[split], 'object')} in {split}"
            for split, images in self.images.items()
        )
        said = f"Wrote {', '.join(counts)} to {self.folder}."
        return "\n".join([said, *said_of_the_rest(self.skipped, self.losses)])


@answers_names("convert")
def convert(
    source: str | Path,
    destination: str | Path,
    *,
    to: Literal["coco", "yolo", "voc"],
    images: Literal["copy", "link"] = "copy",
    on_bad: OnBad = "error",
    val: float | str | None = None,
    val_seed: int = 0,
    allow_outside: bool = False,
    max_pixels: int = MAX_PIXELS,
) -> Conversion:
    """Writes a data set in another format, boxes and masks, and says what the format cannot hold.

    Args:
        source: Data set: a folder, an annotation file, a YAML file, or "sample:bccd".
        destination: Folder to write, which must be empty or not yet there.
        to: Format: coco, yolo or voc.
        images: Whether image files are copied, or only linked to.
        on_bad: What to do about faulty annotations: stop with an error, or skip them.
        val: For data without parts: share of the images for val, or the file or run directory that says which.
        val_seed: Of the choice of these images.
        allow_outside: Whether a path in an annotation file may lead out of the folder of the data.
        max_pixels: Largest height × width of an image.

    Raises:
        DataError: The source cannot be read or has faults, or the destination is not empty, or lies in the source.
        ConfigError: The destination is no folder and cannot be one.
    """
    if to not in WRITTEN:
        raise unknown_name("format", to, WRITTEN)
    folder = Path(destination)
    require_destination(folder, source)
    limits = ReadingLimits(allow_outside, max_pixels, masks="kept")
    losses = Losses()
    whole = read_every_part(source, limits, val, val_seed, losses)
    readings = {split: _with_images(reading, limits) for split, reading in whole.items()}
    skipped = list(dict.fromkeys(str(fault) for reading in readings.values() for fault in _errors(reading, on_bad)))
    target = WRITTEN[to]
    parts = _parts(readings, shares_folder="{split}" not in target.images, losses=losses)
    if to == "yolo":
        _report_sizes(parts, losses)
    assert target.write is not None
    with whole_folder(folder) as place:
        target.write(parts, place, losses)
        for part in parts:
            place_images(part, place / target.images.format(split=part.split), images, Path(source), losses)
    return Conversion(
        folder,
        {part.split: len(part.table) for part in parts},
        {part.split: _count(part, to) for part in parts},
        tuple(losses.lines()),
        tuple(skipped),
    )


def _count(part: Part, to: str) -> int:
    """Counts the objects that were written; YOLO has no ignored regions."""
    return int((~part.table.ignore).sum()) if to == "yolo" else len(part.table.boxes)


def _with_images(reading: Reading, limits: ReadingLimits) -> Reading:
    """Leaves out, with a fault, what has no image that can be placed."""
    positions = image_positions(reading, limits)
    return reading if len(positions) == len(reading.table) else replace(reading, table=reading.table.take(positions))


def _errors(reading: Reading, on_bad: OnBad) -> list[object]:
    return [fault for fault in reading.faults.settle(on_bad) if fault.severity == "error"]


def _parts(readings: dict[Split, Reading], *, shares_folder: bool, losses: Losses) -> list[Part]:
    parts = []
    taken: set[str] = set()
    for split, reading in readings.items():
        names = names_of_images(reading.table.all_paths(), taken if shares_folder else set(), losses)
        parts.append(Part(split, reading.table, reading.categories, reading.category_ids, names, reading.has_ids))
    return parts


def _report_sizes(parts: Sequence[Part], losses: Losses) -> None:
    """Notes the images whose labels, as fractions, will be taken for fractions of another frame."""
    for part in parts:
        for position in range(len(part.table)):
            if read_header(part.path(position)).shown_size != part.size(position):
                losses.note(
                    "images with an EXIF orientation that their boxes do not follow: save these turned, or the boxes "
                    "will not fit",
                    part.path(position),
                )
