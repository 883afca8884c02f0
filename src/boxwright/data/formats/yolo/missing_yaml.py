"""A YOLO folder whose data.yaml is missing: the lines that would make it one."""

import os
from collections.abc import Iterator
from pathlib import Path

from boxwright.data.formats.folders import with_suffix
from boxwright.data.formats.layout import SPLIT_WORDS, Portion
from boxwright.data.formats.yaml_file import YAML_SUFFIXES
from boxwright.data.formats.yolo.row_forms import BOX_COLUMNS

MOST_FILES = 5000
"""Label files that are looked at for the largest number of a class."""

_PARTS: tuple[Portion, ...] = ("train", "val", "test")
_NAMES = ("classes.txt", "obj.names", "labels.txt")
_MOST_SHOWN = 100


def missing_yaml(root: Path) -> str:
    """Says what to write where a folder has images and label files, and no YAML file that names the classes.

    Args:
        root: The folder.

    Returns:
        Lines, with as many names as the label files have classes; empty if it is no such folder.
    """
    if with_suffix(root, YAML_SUFFIXES):
        return ""
    last, folders = -1, _image_folders(root)
    for number, path in enumerate(_label_files(root)):
        last = max(last, _largest_class(path))
        if number >= MOST_FILES:
            break
    if last < 0 or not folders:
        return ""
    return (
        f"{root} has label files of YOLO, and no data.yaml that says what their classes are. Write {root / 'data.yaml'}"
        f", with your names in place of these:\n"
        + "".join(f"  {part}: {folder}\n" for part, folder in folders.items())
        + f"  names: [{', '.join(_class_names(root, last + 1))}]"
        + ("" if "val" in folders else "\nand say how many images to measure on: --val 0.2 (in Python val=0.2).")
    )


def _image_folders(root: Path) -> dict[str, str]:
    """Gives the folder of the images of every part; that of all under train, if there are no parts."""
    found: dict[str, str] = {}
    for part in _PARTS:
        places = [place for word in SPLIT_WORDS[part] for place in (f"images/{word}", f"{word}/images", word)]
        there = [place for place in places if (root / place).is_dir()]
        found |= {part: there[0]} if there else {}
    if "train" in found:
        return found
    return {"train": "images"} if (root / "images").is_dir() else {}


def _label_files(root: Path) -> Iterator[Path]:
    for place, inner, names in os.walk(root):
        inner.sort()
        yield from (Path(place, name) for name in sorted(names) if name.endswith(".txt") and name not in _NAMES)


def _largest_class(path: Path) -> int:
    """Gives the largest class of a label file; -1 if it is none."""
    try:
        rows = [line.split() for line in path.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
        if any(len(row) < BOX_COLUMNS or [float(word) for word in row] == [] for row in rows):
            return -1
        return max((int(row[0]) for row in rows), default=-1)
    except (OSError, ValueError):
        return -1


def _class_names(root: Path, count: int) -> list[str]:
    """Gives the names of a file of names if there is one that has enough, else numbered ones."""
    for name in _NAMES:
        try:
            lines = (root / name).read_text(encoding="utf-8-sig").splitlines()
        except (OSError, ValueError):
            continue
        names = [line.strip() for line in lines if line.strip()]
        if len(names) >= count:
            return names
    names = [f"class_{number}" for number in range(min(count, _MOST_SHOWN))]
    return names if count <= _MOST_SHOWN else [*names, f"… up to class_{count - 1}"]
