"""Which files of a folder are used: one rule for data folders and for what is predicted on."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field

from boxwright.data.images.file_formats import IMAGE_SUFFIXES, looks_like_image, suffix_of
from boxwright.errors import DataError

_SYSTEM_FOLDERS = frozenset(
    ("__macosx", "@eadir", "$recycle.bin", "#recycle", "system volume information", "lost+found")
)
_SYSTEM_FILES = frozenset(("thumbs.db", "ehthumbs.db", "desktop.ini"))
_NO_IMAGES = frozenset(
    (
        ".txt",
        ".xml",
        ".json",
        ".jsonl",
        ".yaml",
        ".yml",
        ".csv",
        ".tsv",
        ".md",
        ".py",
        ".npy",
        ".npz",
        ".cache",
        ".names",
    )
)
"""Suffixes of files that lie beside images and are none; they are not opened to see."""


@dataclass
class FolderScan:
    """The files of a folder and its subfolders.

    Args:
        used: Images by their suffix, sorted.
        others: What is neither used nor hidden nor of a kind that is no image, sorted.
        hidden: Folders and images that are left out for their names, and links that lead to what is read already.
    """

    used: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)

    def unused(self) -> list[str]:
        """Gives the others that look like an image, by suffix or by content."""
        return [file for file in self.others if looks_like_image(file)]


def is_hidden(name: str) -> bool:
    """Says whether a file or folder is left out for its name: those of systems and programs, not of people.

    Args:
        name: Without folder.
    """
    return name.startswith(".") or name.lower() in _SYSTEM_FILES or name.lower() in _SYSTEM_FOLDERS


def scan_folder(folder: str, also: Iterable[str] = ()) -> FolderScan:
    """Lists the images of a folder and its subfolders, by suffix in any case.

    Linked subfolders are followed, after the others. None is read twice, and none that holds the folder itself. What
    is hidden below the folder is left out: names that begin with a dot, and folders and files that systems leave
    behind, such as `__MACOSX` or `Thumbs.db`.

    Args:
        folder: Where to begin.
        also: Further suffixes that are used, in lower case with the dot.

    Raises:
        DataError: A folder cannot be read.
    """
    wanted = frozenset((*IMAGE_SUFFIXES, *also))
    found = FolderScan()
    real = os.path.realpath(folder)
    seen = {_identity(folder)}
    folders, links = [folder], list[str]()
    while folders or links:
        place = folders.pop() if folders else links.pop(0)
        if (place != folder and _identity(place) in seen) or _holds(place, real):
            found.hidden.append(place)
            continue
        seen.add(_identity(place))
        for entry in _entries(place):
            _sort_in(entry, found, wanted, folders, links)
    for names in (found.used, found.others, found.hidden):
        names.sort()
    return found


def _sort_in(
    entry: os.DirEntry[str], found: FolderScan, wanted: frozenset[str], folders: list[str], links: list[str]
) -> None:
    suffix = suffix_of(entry.name)
    if entry.is_dir():
        if is_hidden(entry.name):
            found.hidden.append(entry.path)
        else:
            (links if entry.is_symlink() else folders).append(entry.path)
    elif is_hidden(entry.name):
        if suffix in wanted:
            found.hidden.append(entry.path)
    elif suffix in wanted and (entry.is_file() or entry.is_symlink()):  # a broken link is a missing image
        found.used.append(entry.path)
    elif suffix not in _NO_IMAGES and entry.is_file():
        found.others.append(entry.path)


def _entries(place: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(place) as entries:
            return list(entries)
    except OSError as error:
        raise DataError(f"The folder {place} cannot be read ({error.strerror}). Allow it, or take it away.") from error


def _identity(folder: str) -> tuple[int, int]:
    found = os.stat(folder)
    return found.st_dev, found.st_ino


def _holds(place: str, real: str) -> bool:
    """Says whether a link leads to a folder above."""
    return os.path.islink(place) and real.startswith(os.path.realpath(place).rstrip(os.sep) + os.sep)
