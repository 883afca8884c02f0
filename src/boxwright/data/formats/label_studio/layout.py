"""Finding the files of Label Studio."""

from collections.abc import Sequence
from pathlib import Path

from boxwright.data.formats.folders import all_folders, has_images, portion_folders, with_suffix
from boxwright.data.formats.json_file import json_outline
from boxwright.data.formats.label_studio.reader import read_label_studio
from boxwright.data.formats.layout import LayoutNotFoundError, OtherFormatError, Portion, split_of_name
from boxwright.data.formats.table_dataset import Reading
from boxwright.data.reading_limits import ReadingLimits


def read_label_studio_folder(root: Path, split: Portion, limits: ReadingLimits) -> Reading:
    """Reads a folder with an export of Label Studio, JSON or JSON-MIN, and the images in it or in a folder beside it.

    The file lies in `train/` or has the word in its name; files with neither word are the whole. Labels are in
    alphabetical order of all names that occur in any part.

    Args:
        root: The folder.
        split: Which part.
        limits: What is refused.

    Raises:
        LayoutNotFoundError: There is no such file.
        DataError: It cannot be read.
    """
    everywhere = next(portion_folders(root, "whole"))
    places = [*portion_folders(root, split)] if split != "whole" else []
    for folders in [*places, everywhere]:
        files = _exports(folders)
        if folders == everywhere:
            files = [file for file in files if (split_of_name(file.stem) or "whole") == split]
        if files:
            images = [folder for folder in dict.fromkeys([*folders, *everywhere]) if has_images(folder)]
            others = [file for file in _exports(all_folders(root)) if file not in set(files)]
            return read_label_studio(root, files, images, others, limits)
    raise LayoutNotFoundError("Label Studio", [f"{root}/*.json with a list of tasks"])


def read_label_studio_file(path: Path, split: Portion, limits: ReadingLimits) -> Reading:
    """Reads an export of Label Studio.

    Args:
        path: The file.
        split: Which part: that in its name, or the whole.
        limits: What is refused.

    Raises:
        OtherFormatError: It is no such file.
        LayoutNotFoundError: It is not named for this part.
    """
    if path.suffix.lower() != ".json" or not is_label_studio(path):
        raise OtherFormatError(f"{path} is no export of Label Studio")
    if (split_of_name(path.stem) or "whole") != split:
        raise LayoutNotFoundError("Label Studio", [f"{split!r} in the name {path.name}"])
    images = [folder for folder in next(portion_folders(path.parent, "whole")) if has_images(folder)]
    return read_label_studio(path.parent, [path], images, [], limits)


def is_label_studio(path: Path) -> bool:
    """Says whether a file looks like an export: a list of tasks, or of their images with what was drawn.

    Args:
        path: A JSON file.
    """
    outline = json_outline(path)
    if outline.opening != "[":
        return False
    keys = outline.inner
    is_done = any(keys.get(name) == "[" for name in ("annotations", "completions", "predictions"))
    # what was painted may be so long that nothing after it is seen
    is_task = is_done and (keys.get("data") == "{" or not {"data", "image", "file_name"} & keys.keys())
    return is_task or bool({"annotation_id", "annotator"} & keys.keys())


def _exports(folders: Sequence[Path]) -> list[Path]:
    return [file for folder in folders for file in with_suffix(folder, (".json",)) if is_label_studio(file)]
