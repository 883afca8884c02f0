"""Finding the files of LabelMe."""

from collections.abc import Sequence
from pathlib import Path

from boxwright.data.formats.folders import all_folders, has_images, portion_folders, with_suffix
from boxwright.data.formats.json_file import json_outline
from boxwright.data.formats.labelme.reader import read_labelme
from boxwright.data.formats.layout import LayoutNotFoundError, Portion
from boxwright.data.formats.table_dataset import Reading
from boxwright.data.reading_limits import ReadingLimits

_LOOKED_AT = 20  # files that decide whether a folder is one of LabelMe


def read_labelme_folder(root: Path, split: Portion, limits: ReadingLimits) -> Reading:
    """Reads a folder with one LabelMe file per image, beside the image or in a folder beside that of the images.

    In `train/` and its folders, as `labels/train/` and `images/train/`, or, for the whole, in the root and its folders.
    Labels are in alphabetical order of all names that occur in any part.

    Args:
        root: The folder.
        split: Which part.
        limits: What is refused.

    Raises:
        LayoutNotFoundError: There are no such files.
    """
    tried = []
    for folders in portion_folders(root, split):
        tried.append(f"{folders[0]}/*.json with 'shapes'")
        files = _labelme_files(folders)
        if files:
            others = [file for file in _labelme_files(all_folders(root)) if file not in set(files)]
            return read_labelme(root, files, [folder for folder in folders if has_images(folder)], others, limits)
    raise LayoutNotFoundError("LabelMe", tried or [f"{root / split}"])


def _labelme_files(folders: Sequence[Path]) -> list[Path]:
    """Gives the JSON files of all folders in which some are of this kind."""
    found = []
    for folder in folders:
        files = with_suffix(folder, (".json",))
        if any(is_labelme(file) for file in files[:_LOOKED_AT]):
            found += files
    return found


def is_labelme(path: Path) -> bool:
    """Says whether a file looks like LabelMe's.

    Args:
        path: A JSON file.
    """
    keys = json_outline(path).keys
    return keys.get("shapes") == "[" or ("imageData" in keys and "images" not in keys)
