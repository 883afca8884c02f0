"""Finding the files of VIA."""

from pathlib import Path

from boxwright.data.formats.drawing.exports import read_export, read_exports_below
from boxwright.data.formats.json_file import json_outline
from boxwright.data.formats.layout import LayoutNotFoundError, OtherFormatError, Portion
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
    found = read_exports_below(root, split, limits, suffixes=(".json", ".csv"), is_export=is_via, read=read_via)
    if found is not None:
        return found
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
    return read_export(path, split, limits, title="VIA", read=read_via)


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
