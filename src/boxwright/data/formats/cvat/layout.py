"""Finding the files of CVAT."""

from collections.abc import Sequence
from pathlib import Path

from boxwright.data.formats.cvat.reader import read_cvat
from boxwright.data.formats.folders import all_folders, has_images, portion_folders, with_suffix
from boxwright.data.formats.layout import LayoutNotFoundError, OtherFormatError, Portion, split_of_name
from boxwright.data.formats.table_dataset import Reading
from boxwright.data.formats.xml_file import root_tag
from boxwright.data.reading_limits import ReadingLimits

_ROOT_TAG = "annotations"


def read_cvat_folder(root: Path, split: Portion, limits: ReadingLimits) -> Reading:
    """Reads a folder with the XML of CVAT for images, `annotations.xml` as a rule, and the images in folders beside it.

    The parts are the subsets of a project, by their names; or the folders `train/` and `val/`, each with such a file;
    or files with the word in their name. What is in none of these is the whole. Labels are in the order of the file.

    Args:
        root: The folder.
        split: Which part.
        limits: What is refused.

    Raises:
        LayoutNotFoundError: There is no such file, or it has nothing of the part.
        DataError: The file cannot be read.
    """
    everywhere = next(portion_folders(root, "whole"))
    for folders in portion_folders(root, split):
        files = _cvat_files(folders)
        if files:
            return _read(root, files, split, "whole", list(dict.fromkeys([*folders, *everywhere])), limits)
    files = _cvat_files(everywhere)
    if files:
        return _read(root, files, split, split, everywhere, limits)
    raise LayoutNotFoundError("CVAT", [f"{root}/*.xml with <annotations>"])


def read_cvat_file(path: Path, split: Portion, limits: ReadingLimits) -> Reading:
    """Reads an XML file of CVAT for images.

    Args:
        path: The file.
        split: Which part: a subset, or the whole.
        limits: What is refused.

    Raises:
        OtherFormatError: It is no such file.
        PartNotFoundError: It has nothing of the part.
    """
    if path.suffix.lower() != ".xml" or root_tag(path) != _ROOT_TAG:
        raise OtherFormatError(f"{path} is no XML file of CVAT")
    folders = next(portion_folders(path.parent, "whole"))
    return _read(path.parent, [path], split, split, folders, limits)


def _cvat_files(folders: Sequence[Path]) -> list[Path]:
    files = [file for folder in folders for file in with_suffix(folder, (".xml",))]
    return [file for file in files if root_tag(file) == _ROOT_TAG]


def _read(
    root: Path, files: Sequence[Path], split: Portion, subset: Portion, folders: Sequence[Path], limits: ReadingLimits
) -> Reading:
    """Reads the files that are named for a part; what they do not say is said by the subset of each image."""
    named = [file for file in files if split_of_name(file.stem) == split] if split != "whole" else []
    if named:
        files, subset = named, "whole"
    others = [file for file in _cvat_files(all_folders(root)) if file not in set(files)]
    return read_cvat(root, files, subset, [folder for folder in folders if has_images(folder)], limits, others)
