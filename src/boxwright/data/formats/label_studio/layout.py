"""Finding the files of Label Studio."""

from pathlib import Path

from boxwright.data.formats.drawing.exports import read_export, read_exports_below
from boxwright.data.formats.json_file import json_outline
from boxwright.data.formats.label_studio.reader import read_label_studio
from boxwright.data.formats.layout import LayoutNotFoundError, OtherFormatError, Portion
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
    found = read_exports_below(
        root, split, limits, suffixes=(".json",), is_export=is_label_studio, read=read_label_studio
    )
    if found is not None:
        return found
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
    return read_export(path, split, limits, title="Label Studio", read=read_label_studio)


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
