"""From what a user names as data to a data set."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from boxwright.bounded_text import listed
from boxwright.data.dataset import Dataset
from boxwright.data.division.divide import image_names, part_of, parts_of
from boxwright.data.division.split_file import write_split
from boxwright.data.faults import OnBad
from boxwright.data.formats import FORMATS
from boxwright.data.formats.layout import TRAINING_SPLITS, PartNotFoundError, Split
from boxwright.data.formats.table_dataset import Reading, TableDataset
from boxwright.data.images.encoded_images import shards_of
from boxwright.data.loading.image_pass import check_images as check_images_of
from boxwright.data.loading.kept_images import KeptImages
from boxwright.data.loading.ram_cache import RamCache, cached_if_small
from boxwright.data.portions import layout_and_path, read_portion, read_undivided, root_of, with_cure
from boxwright.data.reading_limits import DEFAULT_LIMITS, ReadingLimits, refuse_reading_settings
from boxwright.data.shards.named_place import PREFIX, absolute_place
from boxwright.data.shards.shard_index import is_packed_folder
from boxwright.data.shards.shard_reading import read_shards
from boxwright.errors import ConfigError, DataError, unknown_name

ImageCheck = Literal["off", "headers", "full"]
"""How much of the image files is looked at when a data set is opened."""

Cache = Literal["auto", "ram", None]
"""Which decoded images are kept in memory."""

MOST_HEADERS = 200_000
"""Images whose headers and ends are looked at; of a million, the first step would wait for them for minutes."""

_log = logging.getLogger(__name__)


def open_dataset(
    source: str | Path,
    split: Split,
    *,
    on_bad: OnBad = "error",
    cache: Cache = None,
    limits: ReadingLimits | None = None,
    masks: bool = False,
    check_images: ImageCheck = "off",
    val: float | str | Path | None = None,
    val_seed: int = 0,
) -> Dataset:
    """Opens one part of a data set.

    Args:
        source: As for `read_source`.
        split: "train", "val" or "test".
        on_bad: "error" raises one report of all faults, "skip" leaves faulty images and objects out, logs them and
            keeps the messages in the `skipped` of the data set.
        cache: "ram" decodes all images now and keeps them in memory; "auto" does so where each is a file of its own and
            they take at most 1 GB and a tenth of the available memory; None decodes an image when it is asked for.
        limits: What is refused.
        masks: Whether masks are read. Every object needs one then; ignored regions without one are as large as
            their box. Without it, masks cost nothing.
        check_images: "off" reads annotations only; a bad image is an error when it is loaded. "headers" also looks
            at the header and the end of every image file, or of `MOST_HEADERS` spread over all of them: that finds
            what is empty, no image, cut off, too large or of another size than annotated. "full" decodes every image
            once.
        val: As for `read_source`.
        val_seed: As for `read_source`.

    Raises:
        DataError: The source is not there, has no known layout, or has faults.
        ConfigError: The split is unknown, or the cache does not fit into memory.
    """
    if cache not in get_args(Cache):
        raise unknown_name("cache", str(cache), ("auto", "ram"))
    if masks:
        limits = replace(limits or DEFAULT_LIMITS, masks="required")
    reading = read_source(source, split, limits, val=val, val_seed=val_seed)
    usable = _check_images(reading, limits or DEFAULT_LIMITS, check_images)
    dataset: Dataset = TableDataset.from_reading(reading, on_bad=on_bad, limits=limits)
    if len(usable) < len(dataset):
        dataset = KeptImages(dataset, usable, reading.faults.faults)
    if cache == "auto" and shards_of(dataset) is None:
        return cached_if_small(dataset)
    return RamCache(dataset) if cache == "ram" else dataset


def given_or_opened(data: str | Path | Dataset, split: Split, limits: ReadingLimits, **settings: Any) -> Dataset:
    """Opens what is named as data; a data set that exists in Python is taken as it is.

    Args:
        data: As for `read_source`, or a data set.
        split: "train", "val" or "test".
        limits: What is refused.
        **settings: As for `open_dataset`.

    Raises:
        DataError: As for `open_dataset`.
        ConfigError: Settings of reading were changed, and nothing is read.
    """
    if isinstance(data, str | Path):
        return open_dataset(data, split, limits=limits, **settings)
    changed = {"on_bad": settings.get("on_bad", "error") != "error", "allow_outside": limits.allow_outside}
    changed |= {"max_pixels": limits.max_pixels != DEFAULT_LIMITS.max_pixels, "val": settings.get("val") is not None}
    refuse_reading_settings([name for name, is_changed in changed.items() if is_changed])
    return data


def part_name(data: str | Path | Dataset, split: Split) -> str:
    """Names a part of a data set in messages.

    Args:
        data: As for `given_or_opened`.
        split: "train", "val" or "test".
    """
    return f"{data if isinstance(data, str | Path) else type(data).__name__}, {split}"


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
    if check == "headers" and reading.images is not None:  # they were looked at when they were packed
        return list(range(len(reading.table)))
    looked_at = np.arange(len(reading.table))
    if check == "headers" and len(looked_at) > MOST_HEADERS:
        looked_at = np.linspace(0, len(looked_at) - 1, MOST_HEADERS).astype(np.int64)
        _log.info(
            "%s: %s of %s images looked at, spread over all; what is wrong with another one shows when it is loaded.",
            reading.source,
            f"{len(looked_at):,}",
            f"{len(reading.table):,}",
        )
    table = reading.table if len(looked_at) == len(reading.table) else reading.table.take(looked_at)
    findings = check_images_of(table, limits, decode=check == "full", images=reading.images)
    reading.faults.faults.extend(fault for finding in findings for fault in finding.faults)
    is_usable = np.ones(len(reading.table), dtype=np.bool_)
    is_usable[looked_at] = [finding.is_usable for finding in findings]
    usable: list[int] = np.flatnonzero(is_usable).tolist()
    if not usable and len(reading.table):
        reading.faults.settle("error")
    return usable


def read_source(
    source: str | Path,
    split: Split,
    limits: ReadingLimits | None = None,
    *,
    val: float | str | Path | None = None,
    val_seed: int = 0,
    advise: bool = True,
) -> Reading:
    """Reads the annotations of one part of a data set, and leaves it to the caller what becomes of faults.

    Args:
        source: A folder in one of the layouts of `FORMATS`; an annotation file; a YAML file, either
            `{train: {annotations: …, images: …}, val: {…}}` with paths relative to itself or the data.yaml of a
            YOLO layout; "shards:" before a folder or an address of what `pack` has written; or "sample:bccd", the
            sample in the package. Where a folder has several layouts, the first one is read, unless the source begins
            with the name of another, "voc:FOLDER".
        split: "train", "val" or "test".
        limits: What is refused.
        val: For data without parts: the share of images to measure on, drawn so that no place is in both parts; or the
            file that a training wrote about it, or the run directory of that training.
        val_seed: Of the draw.
        advise: Whether a part that is not there is answered with how to divide the data, for which all of it is read.

    Raises:
        DataError: The source is not there, has no known layout, or nothing of it can be read.
        ConfigError: The split or the name of a layout is unknown; `val` is given, and the data have both parts; or
            `val_seed` without it.
    """
    if split not in get_args(Split):
        raise unknown_name("split", split, get_args(Split))
    if split == "test" and val is not None:
        raise ConfigError(
            f"val divides data into train and val; found {val} with the split test. Leave one of them out."
        )
    rules = limits or DEFAULT_LIMITS
    if str(source).startswith(PREFIX):
        _refuse_division(source, val, val_seed)
        return read_shards(str(source), split, rules)
    layout, path = layout_and_path(source)
    if is_packed_folder(path):
        raise DataError(f"{path} holds packed data. Name them so: {PREFIX}{source}.")
    if val is None and val_seed:
        raise ConfigError(f"val_seed draws the images that val asks for; found {val_seed} without val. Give val too.")
    if val is not None:
        whole = read_undivided(path, rules, layout)
        return part_of(whole, split, root_of(path), val=val, seed=val_seed, limits=rules)
    try:
        return read_portion(path, split, rules, layout)
    except PartNotFoundError as miss:
        if not advise:
            raise
        raise with_cure(miss, path, split, rules, layout) from miss


def _refuse_division(source: str | Path, val: float | str | Path | None, val_seed: int) -> None:
    if val is not None or val_seed:
        raise ConfigError(
            f"val: {source} has its parts already. Leave it out, or divide the data when they are packed: "
            "boxwright pack DATA DESTINATION --val 0.2."
        )


def write_division(
    source: str | Path,
    file: Path,
    limits: ReadingLimits | None = None,
    *,
    val: float | str | Path,
    val_seed: int = 0,
) -> None:
    """Writes down which image of a data set without parts is in which part.

    Args:
        source: As for `read_source`.
        file: Where to.
        limits: As for `read_source`.
        val: As for `read_source`.
        val_seed: As for `read_source`.
    """
    layout, path = layout_and_path(source)
    rules = replace(limits or DEFAULT_LIMITS, masks="none")
    whole = read_undivided(path, rules, layout)
    parts = parts_of(whole, root_of(path), val=val, seed=val_seed, limits=rules)
    named = list(zip(image_names(whole, root_of(path)), parts, strict=True))
    write_split(file, {split: [name for name, part in named if part == split] for split in TRAINING_SPLITS})


def absolute_source(source: str) -> str:
    """Writes a source so that it means the same from any working directory.

    Args:
        source: As for `read_source`.
    """
    if Path(source).exists():
        return str(Path(source).absolute())
    prefix, colon, rest = source.partition(":")
    if source.startswith(PREFIX):
        return f"{PREFIX}{absolute_place(rest)}"
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
