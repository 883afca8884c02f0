"""Finding the files of a Supervisely project."""

from pathlib import Path
from typing import Any

from boxwright.data.formats.folders import subfolders, with_suffix
from boxwright.data.formats.json_file import json_outline, read_json
from boxwright.data.formats.layout import SPLIT_WORDS, LayoutNotFoundError, Portion, split_of_name
from boxwright.data.formats.supervisely.reader import read_supervisely
from boxwright.data.formats.table_dataset import Reading
from boxwright.data.reading_limits import ReadingLimits
from boxwright.errors import DataError

_NO_AREA = ("line", "polyline", "point", "graph", "cuboid")


def read_supervisely_folder(root: Path, split: Portion, limits: ReadingLimits) -> Reading:
    """Reads a project: `meta.json`, and per dataset a folder with `ann/a.jpg.json` and `img/a.jpg`.

    A dataset whose name has the word `train` (or `val`) is that part; all datasets with neither word are the whole.
    Labels are in the order of `meta.json`.

    Args:
        root: The folder of the project.
        split: Which part.
        limits: What is refused.

    Raises:
        LayoutNotFoundError: It is no such project, or has no dataset of this part.
        DataError: `meta.json` cannot be read.
    """
    meta = root / "meta.json"
    if json_outline(meta).keys.get("classes") != "[":
        raise LayoutNotFoundError("Supervisely", [f"{meta} with 'classes'"])
    datasets = [folder for folder in [root, *subfolders(root)] if (folder / "ann").is_dir()]
    if not datasets:  # with nested datasets
        datasets = [inner for folder in subfolders(root) for inner in subfolders(folder) if (inner / "ann").is_dir()]
    chosen = [folder for folder in datasets if _part_of(folder, root) == split]
    files = [file for folder in chosen for file in with_suffix(folder / "ann", (".json",))]
    if not files:
        raise LayoutNotFoundError("Supervisely", [f"dataset of {split!r} with ann/*.json in {root}"])
    return read_supervisely(root, files, _class_names(read_json(meta), meta), limits)


def _part_of(folder: Path, root: Path) -> Portion:
    named = [split_of_name(part) for part in folder.relative_to(root).parts]
    return next((part for part in named if part in SPLIT_WORDS), "whole")


def _class_names(meta: Any, path: Path) -> list[str]:
    classes = meta.get("classes") if isinstance(meta, dict) else None
    listed = [each for each in classes if isinstance(each, dict)] if isinstance(classes, list) else []
    names = [str(each.get("title") or "") for each in listed if each.get("shape") not in _NO_AREA]
    if not names or not all(names) or len(set(names)) < len(names):
        raise DataError(f"{path}: every class needs a 'title' of its own, and one of them an area. Export it again.")
    return names
