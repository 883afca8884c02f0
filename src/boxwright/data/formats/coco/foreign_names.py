"""File names of another machine in a COCO document."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from boxwright.data.formats.path_tails import TailFinder, is_of_another_machine, require_distinct
from boxwright.errors import counted


def rename_foreign(entries: Sequence[Any], images: Path, folders: Sequence[Path], root: Path, where: str) -> str | None:
    """Replaces file names that lead nowhere by where their last steps lead; all others stay what they mean.

    Names that are absolute, have a drive, backslashes or %20 in them are looked for; and all of them, if the first one
    is not there. What leads out of the folder of the data, and is there, stays as it is.

    Args:
        entries: Of `images`; changed in place, so that names are relative to the root.
        images: The folder that names are relative to as they are written.
        folders: Where to look.
        root: Of the data set.
        where: The document, for messages.

    Returns:
        What was found, for a warning; None if nothing was and nothing is changed.

    Raises:
        DataError: Two of them turn out to be one file.
    """
    named = [entry for entry in entries if isinstance(entry, dict) and isinstance(entry.get("file_name"), str)]
    if not named:
        return None
    all_of_them = not _is_there(images, named[0]["file_name"])
    asked = [entry for entry in named if all_of_them or is_of_another_machine(entry["file_name"])]
    asked = [entry for entry in asked if not _is_there(images, entry["file_name"])]
    tails = TailFinder([str(folder) for folder in dict.fromkeys((*folders, root))])
    found = {id(entry): place for entry in asked if (place := tails(entry["file_name"])) is not None}
    if not found:
        return None
    require_distinct(((entry["file_name"], found[id(entry)]) for entry in asked if id(entry) in found), where)
    first = next(entry["file_name"] for entry in asked if id(entry) in found)
    place = next(iter(found.values()))
    for entry in named:
        written = os.path.join(images, entry["file_name"])
        entry["file_name"] = os.path.relpath(found.get(id(entry), written), root)
    return f"{counted(len(found), 'file_name')} not there, found by the last steps (first: {first!r} is {place})"


def _is_there(images: Path, name: str) -> bool:
    return os.path.isfile(os.path.join(images, name))
