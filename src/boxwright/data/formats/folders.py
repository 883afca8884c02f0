"""Folders of a data set, told by what lies in them."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from boxwright.data.formats.layout import SPLIT_WORDS, Portion
from boxwright.data.images.file_formats import IMAGE_SUFFIXES


def portion_folders(root: Path, portion: Portion) -> Iterator[list[Path]]:
    """Gives the places where the files of a part may lie, each as a list of folders that belong together.

    For "train": `train/` and its folders; then the folders `train` of all folders of the root, such as
    `annotations/train` and `images/train`. For the whole: the root itself and its folders, but not those of parts.

    Args:
        root: Of the data set.
        portion: Which part, or the whole.
    """
    below = subfolders(root)
    if portion == "whole":
        parts = {word for words in (SPLIT_WORDS["train"], SPLIT_WORDS["val"]) for word in words}
        yield [root, *(folder for folder in below if folder.name.lower() not in parts)]
    for word in SPLIT_WORDS[portion]:
        own = [folder for folder in below if folder.name.lower() == word]
        yield from ([folder, *subfolders(folder)] for folder in own)
        beside = [inner for folder in below for inner in subfolders(folder) if inner.name.lower() == word]
        if beside:
            yield beside


def all_folders(root: Path) -> list[Path]:
    """Gives the folders of all parts and of the whole, each once.

    Args:
        root: Of the data set.
    """
    places = (place for portion in SPLIT_WORDS for place in portion_folders(root, portion))
    return list(dict.fromkeys(folder for place in places for folder in place))


def subfolders(folder: Path) -> list[Path]:
    """Lists the folders in a folder; hidden ones do not count.

    Args:
        folder: Where to look.
    """
    if not folder.is_dir():
        return []
    with os.scandir(folder) as entries:  # which knows what most entries are without asking for each
        names = [entry.name for entry in entries if not entry.name.startswith(".") and entry.is_dir()]
    return [folder / name for name in sorted(names)]


def with_suffix(folder: Path, suffixes: Sequence[str]) -> list[Path]:
    """Lists the files of a folder that end in one of some suffixes, in any case; hidden ones do not count.

    Args:
        folder: Where to look.
        suffixes: In lower case, with the dot.
    """
    with os.scandir(folder) as entries:
        names = [entry.name for entry in entries if entry.name.lower().endswith(tuple(suffixes))]
    return [folder / name for name in sorted(names) if not name.startswith(".")]


def has_images(folder: Path) -> bool:
    """Says whether there is an image in a folder, going by the names.

    Args:
        folder: Where to look.
    """
    with os.scandir(folder) as entries:
        return any(entry.name.lower().endswith(IMAGE_SUFFIXES) for entry in entries)
