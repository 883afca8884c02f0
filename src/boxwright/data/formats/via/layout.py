"""Finding the files of VIA."""

from collections.abc import Sequence
from pathlib import Path

from boxwright.data.formats.folders import all_folders, has_images, portion_folders, with_suffix
from boxwright.data.formats.json_file import json_outline
from boxwright.data.formats.layout import LayoutNotFoundError, OtherFormatError, Portion, split_of_name
from boxwright.data.formats.table_dataset import Reading
from boxwright.data.formats.via.document import CSV_HEADER
from boxwright.data.formats.via.reader import read_via
from boxwright.data.reading_limits import ReadingLimits


def read_via_folder(root: Path, split: Portion, limits: ReadingLimits) -> Reading:
    """Reads a folder with a VIA file, a project or exported annotations as JSON or CSV.

    The file lies in `train/` or has the word in its name; one with neither word is the whole. The images lie beside it
    or in a folder of the root. Labels are in alphabetical order of all names that occur in any part.

    Args:
        root: The folder.
        split: Which part.
        limits: What is refused.

    Raises:
        LayoutNotFoundError: There is no such file.
        DataError: It cannot be read.
    """
    everywhere = next(portion_folders(root, "whole"))
    named = [file for file in _via_files(everywhere) if (split_of_name(file.stem) or "whole") == split]
    places = [*portion_folders(root, split)] if split != "whole" else []
    for folders in [*places, everywhere]:
        files = named if folders == everywhere else _via_files(folders)
        if files:
            images = [folder for folder in dict.fromkeys([*folders, *everywhere]) if has_images(folder)]
            others = [file for file in _via_files(all_folders(root)) if file not in set(files)]
            return read_via(root, files, images, others, limits)
    raise LayoutNotFoundError("VIA", [f"{root}/*.json or *.csv with 'regions'"])


def read_via_file(path: Path, split: Portion, limits: ReadingLimits) -> Reading:
    """Reads a VIA file.

    Args:
        path: The file.
        split: Which part: that in its name, or the whole.
        limits: What is refused.

    Raises:
        OtherFormatError: It is no such file.
        LayoutNotFoundError: It is not named for this part.
    """
    if not is_via(path):
        raise OtherFormatError(f"{path} is no file of VIA")
    if (split_of_name(path.stem) or "whole") != split:
        raise LayoutNotFoundError("VIA", [f"{split!r} in the name {path.name}"])
    images = [folder for folder in next(portion_folders(path.parent, "whole")) if has_images(folder)]
    return read_via(path.parent, [path], images, [], limits)


def is_via(path: Path) -> bool:
    """Says whether a file looks like VIA's.

    Args:
        path: A JSON or CSV file.
    """
    if path.suffix.lower() == ".csv":
        with open(path, "rb") as file:
            return file.read(len(CSV_HEADER) + 3).decode("utf-8-sig", errors="replace").startswith(CSV_HEADER)
    outline = json_outline(path) if path.suffix.lower() == ".json" else None
    if outline is None:
        return False
    return outline.keys.get("_via_img_metadata") == "{" or {"filename", "regions"} <= outline.inner.keys()


def _via_files(folders: Sequence[Path]) -> list[Path]:
    return [file for folder in folders for file in with_suffix(folder, (".json", ".csv")) if is_via(file)]
