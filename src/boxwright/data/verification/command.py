"""One pass over everything in a data set."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from boxwright.arguments.possible_values import require_workers
from boxwright.data.faults import Fault
from boxwright.data.formats.layout import TRAINING_SPLITS, PartNotFoundError, UndividedError
from boxwright.data.formats.table_dataset import Reading, TableDataset
from boxwright.data.images.view_features import features_per_image
from boxwright.data.likeness.repeated_images import CheckedImage, repeated_images
from boxwright.data.loading.image_pass import check_images
from boxwright.data.loading.kept_images import KeptImages
from boxwright.data.reading_limits import DEFAULT_LIMITS, ReadingLimits
from boxwright.data.sources import read_source
from boxwright.data.verification.data_check import (
    alike_faults,
    category_faults,
    class_faults,
    ignored_faults,
    object_faults,
    shared_label_faults,
)
from boxwright.data.verification.objects_to_learn import Use, lack_of_objects
from boxwright.data.verification.statistics import DataStatistics, statistics_of
from boxwright.data.verification.statistics_sheet import statistics_sheet
from boxwright.data.verification.unlisted_images import unlisted_images
from boxwright.data.verification.verdict import Verdict
from boxwright.errors import DataError
from boxwright.geometry.canvas import canvas_pair
from boxwright.settings.python_names import answers_names
from boxwright.writing.atomic_file import require_free
from boxwright.writing.figure_file import require_format

PartProgress = Callable[[str, int, int], None]
"""Told the part, how many of its images are done, and of how many."""

_ITEM = "  - "  # before each line of a list in a message


@answers_names("verify")
def verify(
    data: str | Path,
    *,
    masks: bool = False,
    canvas: int | tuple[int, int] = 640,
    sheet: str | Path | None = None,
    workers: int | None = None,
    val: float | str | None = None,
    val_seed: int = 0,
    allow_outside: bool = False,
    max_pixels: int = DEFAULT_LIMITS.max_pixels,
    progress: PartProgress | None = None,
) -> Verdict:
    """Reads all annotations and decodes all images of a data set, and lists everything that is wrong or odd.

    Args:
        data: Data set, as for training.
        masks: Whether the data shall train a system with masks: then every object needs one. Otherwise masks only
            tell whether the boxes are where they should be.
        canvas: Side of the network's input in pixels, or height and width; box sizes are measured on it.
        sheet: Where to write a picture of the statistics, or null for none; a file that is there stays.
        workers: Threads that decode images; one per core if null.
        val: For data without parts: share of the images to measure on, or the file or run directory that says which.
        val_seed: Of the choice of these images.
        allow_outside: Whether a path in an annotation file may lead out of the folder of the data.
        max_pixels: Largest height × width of an image.
        progress: Told about every image.

    Raises:
        ConfigError: Something is where the sheet is to be written, its suffix is no format of pictures, or a number is
            impossible.
    """
    _require_possible(sheet, workers)
    rules = ReadingLimits(allow_outside, max_pixels, masks="required" if masks else "judged")
    readings, faults = _read(data, rules, val, val_seed)
    features = _features_per_image(readings, faults)
    canvas_size = canvas_pair(canvas)
    checked: list[CheckedImage] = []
    statistics: dict[str, DataStatistics] = {}
    for name, reading in readings.items():
        found = _check_part(name, reading, rules, features, workers, progress)
        checked += found if reading.has_ids else _distinct(found)
        faults += [Fault("not-read", reading.source, None, line) for line in reading.unread.lines()]
        faults += [*reading.faults.faults, *object_faults(reading), *ignored_faults(reading)]
        faults += [fault for image in found for fault in image.finding.faults]
        usable = _usable(reading, found)
        faults += _lack_of_objects(name, reading, usable, found, canvas_size)
        statistics[name] = statistics_of(usable, canvas_size)
    if readings:
        faults += [*category_faults(readings), *class_faults(readings), *repeated_images(checked, rules)]
        faults += [*alike_faults(readings), *shared_label_faults(readings)]
        faults += unlisted_images(readings, faults)
    if sheet is not None and statistics:
        statistics_sheet(statistics, sheet)
    return Verdict.of(str(data), statistics, list(dict.fromkeys(faults)))  # parts and repeats have faults in common


def _require_possible(sheet: str | Path | None, workers: int | None) -> None:
    if sheet is not None:
        require_free(Path(sheet), "sheet")
        require_format(Path(sheet))
    if workers is not None:
        require_workers(workers)


def _read(
    data: str | Path, limits: ReadingLimits, val: float | str | None, val_seed: int
) -> tuple[dict[str, Reading], list[Fault]]:
    """Reads what can be read; what cannot is one fault per part."""
    readings: dict[str, Reading] = {}
    misses: dict[str, DataError] = {}
    for split in TRAINING_SPLITS:
        try:
            readings[split] = read_source(data, split, limits, val=val, val_seed=val_seed, advise=False)
        except DataError as error:
            misses[split] = error
    if not readings and all(isinstance(miss, PartNotFoundError) for miss in misses.values()):
        misses = {"train": _advised(data, limits, misses["train"])}
    if not readings and len({str(error) for error in misses.values()}) == 1:
        misses = dict(list(misses.items())[:1])
    return readings, [_miss(str(data), split, error, bool(readings)) for split, error in misses.items()]


def _advised(data: str | Path, limits: ReadingLimits, miss: DataError) -> DataError:
    """Adds to why there is no part what can be done, for which all of the data are read."""
    try:
        read_source(data, "train", limits)
    except DataError as error:
        return error
    return miss


def _miss(source: str, split: str, error: DataError, has_other_part: bool) -> Fault:
    """Says that a part cannot be read; one that is not there at all is a warning if the other one is."""
    if has_other_part and isinstance(error, PartNotFoundError):
        return Fault("missing-part", source, None, f"there is no {split} part")
    if isinstance(error, UndividedError):
        return Fault("undivided", source, None, str(error).partition(". ")[0].removeprefix(f"{source} "))
    said = _in_one_line(str(error))
    what, _, cure = said.removeprefix(f"{source}: ").rpartition(". ")
    return Fault("unreadable-annotations", source, split, what or said, cure.rstrip(".") if what else "")


def _in_one_line(message: str) -> str:
    """Writes the lists of a message of several lines out in it, as a line of a report needs it."""
    first, *rest = message.splitlines()
    text, is_listed = first, False
    for line in rest:
        is_item = line.startswith(_ITEM)
        between = "; " if is_item and is_listed else ". " if is_listed and not text.endswith(".") else " "
        text, is_listed = text + between + line.removeprefix(_ITEM).strip(), is_item
    return text


def _features_per_image(readings: dict[str, Reading], faults: list[Fault]) -> int:
    """Deals out the points by which images of one place are found; says so if there would be too few for each."""
    images = sum(len(reading.table) for reading in readings.values())
    most = features_per_image(images)
    if most:
        return most
    source = next(iter(readings.values())).source
    faults.append(Fault("views-not-compared", source, None, f"{images:,} images are more than can be compared"))
    return 0


def _check_part(
    name: str,
    reading: Reading,
    limits: ReadingLimits,
    features: int,
    workers: int | None,
    progress: PartProgress | None,
) -> list[CheckedImage]:
    def told(done: int, total: int) -> None:
        if progress is not None:
            progress(name, done, total)

    findings = check_images(
        reading.table,
        limits,
        decode=True,
        features=features,
        images=reading.images,
        workers=workers,
        progress=told,
    )
    paths = [reading.table.path(position) for position in range(len(reading.table))]
    images = reading.images
    return [
        CheckedImage(name, path, finding, None if images is None else partial(images.read, position))
        for position, (path, finding) in enumerate(zip(paths, findings, strict=True))
    ]


def _distinct(images: list[CheckedImage]) -> list[CheckedImage]:
    """Leaves out what a list names again on purpose; the reading has said so."""
    return list({(image.part, image.path): image for image in reversed(images)}.values())[::-1]


def _usable(reading: Reading, images: list[CheckedImage]) -> KeptImages:
    """Gives what training would use."""
    boxes_only = replace(reading.table, segmentations=None)  # drawing masks would cost time for nothing
    dataset = TableDataset(reading.categories, reading.category_ids, boxes_only)
    return KeptImages(dataset, [position for position, image in enumerate(images) if image.finding.is_usable])


def _lack_of_objects(
    name: str, reading: Reading, usable: KeptImages, images: list[CheckedImage], canvas_size: tuple[int, int]
) -> list[Fault]:
    """Says that there is nothing to learn or to measure, unless no image is left at all, for reasons already given."""
    left_out = len(reading.faults.errors) + sum(not image.finding.is_usable for image in images)
    if left_out and not len(usable):
        return []
    use: Use = "learn" if name == "train" else "measure"
    lack = lack_of_objects(usable, canvas_size, reading.source, use, left_out=left_out)
    return [] if lack is None else [lack]
