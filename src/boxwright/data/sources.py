"""From what a user names as data to a data set."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, get_args

from boxwright.bounded_text import listed
from boxwright.data.dataset import Dataset
from boxwright.data.faults import OnBad
from boxwright.data.formats import FORMATS
from boxwright.data.formats.layout import LayoutNotFoundError, OtherFormatError, PartNotFoundError, Split
from boxwright.data.formats.table_dataset import Reading, TableDataset
from boxwright.data.loading.image_pass import check_images as check_images_of
from boxwright.data.loading.kept_images import KeptImages
from boxwright.data.loading.ram_cache import RamCache
from boxwright.data.reading_limits import DEFAULT_LIMITS, ReadingLimits
from boxwright.errors import DataError, unknown_name

SAMPLES = Path(__file__).parent / "samples"
"""The data sets that come with the package."""

ImageCheck = Literal["off", "headers", "full"]
"""How much of the image files is looked at when a data set is opened."""

_SAMPLE = "sample"


def open_dataset(
    source: str | Path,
    split: Split,
    *,
    on_bad: OnBad = "error",
    cache: Literal["ram"] | None = None,
    limits: ReadingLimits | None = None,
    masks: bool = False,
    check_images: ImageCheck = "off",
) -> Dataset:
    """Opens one part of a data set.

    Args:
        source: As for `read_source`.
        split: "train" or "val".
        on_bad: "error" raises one report of all faults, "skip" leaves faulty images and objects out, logs them and
            keeps the messages in the `skipped` of the data set.
        cache: "ram" decodes all images now and keeps them in memory.
        limits: What is refused.
        masks: Whether masks are read. Every object needs one then; ignored regions without one are as large as
            their box. Without it, masks cost nothing.
        check_images: "off" reads annotations only; a bad image is an error when it is loaded. "headers" also looks
            at the header and the end of every image file: that finds what is empty, no image, cut off, too large or
            of another size than annotated. "full" decodes every image once.

    Raises:
        DataError: The source is not there, has no known layout, or has faults.
        ConfigError: The split is unknown, or the cache does not fit into memory.
    """
    if cache not in (None, "ram"):
        raise unknown_name("cache", str(cache), ("ram",))
    if masks:
        limits = replace(limits or DEFAULT_LIMITS, masks="required")
    reading = read_source(source, split, limits)
    usable = _check_images(reading, limits or DEFAULT_LIMITS, check_images)
    dataset: Dataset = TableDataset.from_reading(reading, on_bad=on_bad, limits=limits)
    if len(usable) < len(dataset):
        dataset = KeptImages(dataset, usable, reading.faults.faults)
    return dataset if cache is None else RamCache(dataset)


def open_parts(source: str | Path, splits: Sequence[Split], **settings: Any) -> list[Dataset]:
    """Opens several parts of a data set, so that one error lists the faults of all of them.

    Args:
        source: As for `open_dataset`.
        splits: Which parts.
        **settings: As for `open_dataset`.

    Raises:
        DataError: A part cannot be opened.
    """
    parts: list[Dataset] = []
    errors: list[str] = []
    for split in splits:
        try:
            parts.append(open_dataset(source, split, **settings))
        except DataError as error:
            errors.append(str(error))
    if errors:
        raise DataError("\n".join(dict.fromkeys(errors)))
    return parts


def _check_images(reading: Reading, limits: ReadingLimits, check: ImageCheck) -> list[int]:
    """Adds the faults of the image files to the reading, and gives the positions of the usable ones."""
    if check not in get_args(ImageCheck):
        raise unknown_name("image check", check, get_args(ImageCheck))
    if check == "off":
        return list(range(len(reading.table)))
    findings = check_images_of(reading.table, limits, decode=check == "full")
    reading.faults.faults.extend(fault for finding in findings for fault in finding.faults)
    usable = [position for position, finding in enumerate(findings) if finding.is_usable]
    if not usable and len(reading.table):
        reading.faults.settle("error")
    return usable


def read_source(source: str | Path, split: Split, limits: ReadingLimits | None = None) -> Reading:
    """Reads the annotations of one part of a data set, and leaves it to the caller what becomes of faults.

    Args:
        source: A folder in one of the layouts of `FORMATS`; a COCO JSON file; a YAML file, either
            `{train: {annotations: …, images: …}, val: {…}}` with paths relative to itself or the data.yaml of a
            YOLO layout; or "sample:bccd", the sample in the package. Where a folder has several layouts, the first
            one is read, unless the source begins with the name of another, "voc:FOLDER".
        split: "train" or "val".
        limits: What is refused.

    Raises:
        DataError: The source is not there, has no known layout, or nothing of it can be read.
        ConfigError: The split or the name of a layout is unknown.
    """
    if split not in get_args(Split):
        raise unknown_name("split", split, get_args(Split))
    rules = limits or DEFAULT_LIMITS
    layout, path = _layout_and_path(source)
    return _read_folder(path, split, rules, layout) if path.is_dir() else _read_file(path, split, rules, layout)


def absolute_source(source: str) -> str:
    """Writes a source so that it means the same from any working directory.

    Args:
        source: As for `read_source`.
    """
    if Path(source).exists():
        return str(Path(source).absolute())
    prefix, colon, rest = source.partition(":")
    return f"{prefix}:{Path(rest).absolute()}" if colon and prefix in FORMATS else source


def require_same_categories(train: Dataset, val: Dataset) -> None:
    """Raises if two parts of a data set number their classes differently.

    Args:
        train: The training part.
        val: The part that is evaluated.

    Raises:
        DataError: The class names or their order differ.
    """
    if train.categories != val.categories:
        raise DataError(
            f"The two parts have different classes: train {listed(train.categories)}; val {listed(val.categories)}. "
            "Export both with the same list of categories."
        )


def _layout_and_path(source: str | Path) -> tuple[str | None, Path]:
    """Splits "voc:FOLDER" and looks up "sample:NAME"."""
    prefix, colon, rest = str(source).partition(":")
    layout = None
    if colon and prefix == _SAMPLE:
        names = [folder.name for folder in SAMPLES.iterdir() if (folder / "annotations").is_dir()]
        if rest not in names:
            raise unknown_name("sample", rest, names)
        return None, SAMPLES / rest
    if colon and prefix in FORMATS and not Path(source).exists():
        layout, source = prefix, rest
    path = Path(source)
    if not path.exists():
        raise DataError(f'There is no {path.absolute()}. Give a data folder, a YAML file, or "sample:bccd".')
    return layout, path


def _read_folder(root: Path, split: Split, limits: ReadingLimits, layout: str | None) -> Reading:
    misses = []
    for name, each in FORMATS.items():
        if layout in (None, name):
            try:
                return each.read_folder(root, split, limits)
            except LayoutNotFoundError as miss:
                misses.append(f"  - {miss}")
    raise PartNotFoundError(
        f"{root} has no {split} data in a known layout. Tried:\n" + "\n".join(misses) + "\n"
        "Put the annotations there, or name them in a YAML file and pass that."
    )


def _read_file(path: Path, split: Split, limits: ReadingLimits, layout: str | None) -> Reading:
    for name, each in FORMATS.items():
        if layout in (None, name) and each.read_file is not None:
            try:
                return each.read_file(path, split, limits)
            except OtherFormatError:
                continue
    raise DataError(
        f"{path} is neither a folder nor a YAML or JSON file. Give the folder that has annotations and images, or a "
        "YAML file that names both."
    )
