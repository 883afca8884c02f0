"""Finding exports of tools that write one file for many images, with the part in its folder or in its name."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from boxwright.data.formats.folders import all_folders, has_images, portion_folders, with_suffix
from boxwright.data.formats.layout import LayoutNotFoundError, Portion, split_of_name
from boxwright.data.formats.table_dataset import Reading
from boxwright.data.reading_limits import ReadingLimits

ReadFiles = Callable[[Path, Sequence[Path], Sequence[Path], Iterable[Path], ReadingLimits], Reading]
"""Reads files: the root, the files of the part, folders of images, files of other parts (for their classes), limits."""


def read_exports_below(
    root: Path,
    split: Portion,
    limits: ReadingLimits,
    *,
    suffixes: Sequence[str],
    is_export: Callable[[Path], bool],
    read: ReadFiles,
) -> Reading | None:
    """Reads the files of a part below a folder: those in `train/`, or with the word in their name; or with neither.

    Args:
        root: The folder.
        split: Which part.
        limits: What is refused.
        suffixes: Of the files, in lower case.
        is_export: Whether such a file is one of the tool.
        read: Reads what was found.

    Returns:
        None if there is nothing of the part.
    """

    def exports(folders: Sequence[Path]) -> list[Path]:
        return [file for folder in folders for file in with_suffix(folder, suffixes) if is_export(file)]

    everywhere = next(portion_folders(root, "whole"))
    named = [file for file in exports(everywhere) if (split_of_name(file.stem) or "whole") == split]
    places = [*portion_folders(root, split)] if split != "whole" else []
    for folders in [*places, everywhere]:
        files = named if folders == everywhere else exports(folders)
        if files:
            images = [folder for folder in dict.fromkeys([*folders, *everywhere]) if has_images(folder)]
            others = [file for file in exports(all_folders(root)) if file not in set(files)]
            return read(root, files, images, others, limits)
    return None


def read_export(path: Path, split: Portion, limits: ReadingLimits, *, title: str, read: ReadFiles) -> Reading:
    """Reads one file, if it is named for the part.

    Args:
        path: The file.
        split: Which part: that in its name, or the whole.
        limits: What is refused.
        title: Of the format, for messages.
        read: Reads the file.

    Raises:
        LayoutNotFoundError: It is not named for this part.
    """
    if (split_of_name(path.stem) or "whole") != split:
        raise LayoutNotFoundError(title, [f"{split!r} in the name {path.name}"])
    images = [folder for folder in next(portion_folders(path.parent, "whole")) if has_images(folder)]
    return read(path.parent, [path], images, [], limits)
