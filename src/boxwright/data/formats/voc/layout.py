"""Finding the files of a Pascal VOC data set."""

import os
from collections.abc import Iterable
from pathlib import Path

from boxwright.data.faults import FaultList
from boxwright.data.formats.layout import SPLIT_WORDS, LayoutNotFoundError, Split
from boxwright.data.formats.table_dataset import Reading
from boxwright.data.formats.voc.annotation import class_names
from boxwright.data.formats.voc.reader import VocFolders, read_pascal_voc
from boxwright.data.reading_limits import ReadingLimits

CLASS_FILES = ("labels.txt", "classes.txt", "labelmap.txt")
"""Files with one class name per line, which settle the order of the labels."""

_LISTS = ("Main", "Segmentation", "Layout", "")
_FLAGS = ("-1", "0", "1")


def read_voc_folder(root: Path, split: Split, limits: ReadingLimits) -> Reading:
    """Reads a folder with Pascal VOC annotations.

    Either `Annotations/`, `JPEGImages/` and `ImageSets/Main/train.txt`, in the folder itself or in its
    `VOCdevkit/VOC…`; or `train/` with XML files and images side by side. The labels are in the order of
    `labels.txt`, `classes.txt` or `labelmap.txt`; without such a file in alphabetical order of all names that occur.

    Args:
        root: The folder.
        split: Which part.
        limits: What is refused.

    Raises:
        LayoutNotFoundError: There is neither.
    """
    tried = []
    for place in (root, *sorted(root.glob("VOCdevkit/VOC*")), *sorted(root.glob("VOC[0-9]*"))):
        lists = _lists(place, split)
        tried.append(f"{place}/ImageSets/Main/{split}.txt with {place}/Annotations")
        if lists and (place / "Annotations").is_dir():
            return _read_lists(place, lists[0], limits)
    for word in SPLIT_WORDS[split]:
        tried.append(f"{root / word}/*.xml")
        if next((root / word).glob("*.xml"), None):
            return _read_side_by_side(root, root / word, limits)
    raise LayoutNotFoundError("Pascal VOC", tried)


def _lists(place: Path, split: Split) -> list[Path]:
    files = [place / "ImageSets" / kind / f"{word}.txt" for kind in _LISTS for word in SPLIT_WORDS[split]]
    return [file for file in files if file.is_file()]


def _read_lists(place: Path, listing: Path, limits: ReadingLimits) -> Reading:
    annotations = place / "Annotations"
    faults = FaultList(str(listing))
    names = _names_in(listing, annotations)
    masks = place / "SegmentationObject"
    images = tuple(folder for folder in (place / "JPEGImages", place / "images", annotations) if folder.is_dir())
    folders = VocFolders(annotations, images, masks if masks.is_dir() else None)
    categories = _stated_categories(place)
    if categories is None:
        everything = {
            name for split in SPLIT_WORDS for file in _lists(place, split) for name in _names_in(file, annotations)
        }
        categories = _found_categories(annotations / f"{name}.xml" for name in everything)
    return read_pascal_voc(names, folders, categories, faults, limits)


def _read_side_by_side(root: Path, folder: Path, limits: ReadingLimits) -> Reading:
    names = sorted(file.stem for file in folder.glob("*.xml"))
    everything = [file for words in SPLIT_WORDS.values() for word in words for file in (root / word).glob("*.xml")]
    categories = _stated_categories(root) or _found_categories(everything)
    return read_pascal_voc(names, VocFolders(folder, (folder,)), categories, FaultList(str(folder)), limits)


def _names_in(listing: Path, annotations: Path) -> list[str]:
    """Reads a list; a flag after the name, as in the lists of one class, is left off."""
    names = []
    for line in listing.read_text(encoding="utf-8-sig").splitlines():
        name, _, flag = line.strip().rpartition(" ")
        is_flagged = bool(name) and flag in _FLAGS and not os.path.isfile(annotations / f"{line.strip()}.xml")
        names.append(name.strip() if is_flagged else line.strip())
    return list(dict.fromkeys(name for name in names if name))


def _stated_categories(place: Path) -> list[str] | None:
    for file in (place / name for name in CLASS_FILES):
        if file.is_file():
            lines = (line.strip() for line in file.read_text(encoding="utf-8-sig").splitlines())
            # labelmap.txt has "name:colour:parts:actions", after a comment
            names = [line.split(":")[0] if file.stem == "labelmap" else line for line in lines]
            return list(dict.fromkeys(name for name in names if name and not name.startswith("#")))
    return None


def _found_categories(files: Iterable[Path]) -> list[str]:
    return sorted({name for file in files for name in class_names(file)})
