"""One part of data that have none."""

import os
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from boxwright.data.division.scenes import scenes_of
from boxwright.data.division.split_file import read_split
from boxwright.data.division.val_part import choose_val
from boxwright.data.faults import FaultList
from boxwright.data.formats.layout import PartNotFoundError, Split
from boxwright.data.formats.table_dataset import Reading
from boxwright.data.reading_limits import ReadingLimits
from boxwright.errors import ConfigError, DataError, counted


def part_of(
    whole: Reading, split: Split, root: Path, *, val: float | str | Path, seed: int, limits: ReadingLimits
) -> Reading:
    """Gives one part of a reading.

    Args:
        whole: All of it.
        split: Which part.
        root: Of the data set; names of images are relative to it.
        val: Share of the images to measure on; or a file that says which they are, or a run directory that has one.
        seed: Of the choice.
        limits: For reading images.

    Raises:
        ConfigError: The share is not from 0 to 1.
        DataError: The file cannot be used, or says nothing about some of the images.
        PartNotFoundError: The share leaves nothing for the part.
    """
    parts = parts_of(whole, root, val=val, seed=seed, limits=limits)
    mine = [position for position, part in enumerate(parts) if part == split]
    if parts and not mine:
        raise PartNotFoundError(f"{whole.source} has no {split} part: with --val {val} nothing is left for it.")
    files = [set(_files(whole, position)) for position in range(len(parts))]
    theirs = {file for each, part in zip(files, parts, strict=True) if part != split for file in each}
    theirs -= {file for position in mine for file in files[position]}
    faults = [fault for fault in whole.faults.faults if fault.file not in theirs]
    names = [whole.annotation_files[position] for position in mine] if len(whole.annotation_files) else ()
    table = whole.table.take(mine)
    return replace(whole, table=table, faults=FaultList(whole.faults.source, faults), annotation_files=names)


def parts_of(whole: Reading, root: Path, *, val: float | str | Path, seed: int, limits: ReadingLimits) -> list[Split]:
    """Says for every image of a reading which part it is in. What is odd about that is added to the faults.

    Args:
        whole: As for `part_of`.
        root: As for `part_of`.
        val: As for `part_of`.
        seed: As for `part_of`.
        limits: As for `part_of`.
    """
    names = image_names(whole, root)
    if isinstance(val, str | Path):
        return _listed(names, Path(val), whole)
    if isinstance(val, bool) or not 0 <= val <= 1:
        raise ConfigError(f"val is a share, 0 to 1, or a file; found {val}. For 20 % give 0.2.")
    if val in (0, 1):
        return ["val" if val else "train"] * len(names)
    chosen = choose_val(_scenes(whole, limits), names, _labels(whole), val, seed)
    return ["val" if position in chosen else "train" for position in range(len(names))]


def image_names(reading: Reading, root: Path) -> list[str]:
    """Gives the names of images relative to the data set.

    Args:
        reading: The images.
        root: Of the data set.
    """
    paths = (os.fsdecode(path) for path in reading.table.paths.tolist())
    return [os.path.relpath(path, root).replace(os.sep, "/") for path in paths]


def _scenes(whole: Reading, limits: ReadingLimits) -> list[list[int]]:
    scenes = scenes_of(whole.table, replace(limits, masks="none"))
    if scenes is not None and (len(scenes) > 1 or len(whole.table) < 2):
        return scenes
    why = "they are more than can be compared" if scenes is None else "all of them show one place"
    message = f"{counted(len(whole.table), 'image was', 'images were')} divided one by one, since {why}"
    whole.faults.add("divided-by-image", None, message)
    return [[position] for position in range(len(whole.table))]


def _labels(whole: Reading) -> list[set[int]]:
    table = whole.table
    counted = np.where(table.ignore, -1, table.labels).tolist()
    bounds = table.offsets.tolist()
    return [set(counted[first:last]) - {-1} for first, last in pairwise(bounds)]


def _listed(names: list[str], file: Path, whole: Reading) -> list[Split]:
    part = read_split(file)
    unknown = [name for name in names if name not in part]
    if unknown:
        raise DataError(
            f"{file} says nothing about {len(unknown)} of the {counted(len(names), 'image')}, such as {unknown[0]!r}. "
            "Add them to "
            "train or val, or divide anew: --val 0.2."
        )
    absent = sorted(part.keys() - set(names))
    if absent:
        whole.faults.add("split-absent", None, f"{file} names {len(absent)}, such as {absent[0]!r}")
    return [part[name] for name in names]


def _files(reading: Reading, position: int) -> list[str]:
    path = os.fsdecode(reading.table.paths[position])
    return [path, reading.annotation_files[position]] if len(reading.annotation_files) else [path]
