"""Finding the files of a Pascal VOC data set."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from boxwright.data.faults import FaultList
from boxwright.data.formats.folders import has_images, portion_folders, with_suffix
from boxwright.data.formats.layout import SPLIT_WORDS, LayoutNotFoundError, Portion
from boxwright.data.formats.repeats import say_repeats
from boxwright.data.formats.table_dataset import Reading
from boxwright.data.formats.text_lines import class_names_in, file_names_in
from boxwright.data.formats.voc.annotation import class_names
from boxwright.data.formats.voc.reader import VocFolders, read_pascal_voc
from boxwright.data.formats.xml_file import root_tag, xml_file
from boxwright.data.reading_limits import ReadingLimits

CLASS_FILES = ("labels.txt", "classes.txt", "labelmap.txt")
"""Files with one class name per line, which settle the order of the labels."""

_LISTS = ("Main", "Segmentation", "Layout", "")
_FLAGS = ("-1", "0", "1")
_BACKGROUND = "background:0,0,0"
_LOOKED_AT = 20  # files that decide whether a folder is one of Pascal VOC


def read_voc_folder(root: Path, split: Portion, limits: ReadingLimits) -> Reading:
    """Reads a folder with Pascal VOC annotations.

    Either `Annotations/`, `JPEGImages/` and `ImageSets/Main/train.txt`, in the folder itself or in its
    `VOCdevkit/VOC…`; or a folder with XML files, whose images lie beside them or in a folder beside that one, as in
    `annots/` and `images/`: in `train/`, as `annots/train/` and `images/train/`, or, for the whole, in the root. The
    labels are in the order of `labels.txt`, `classes.txt` or `labelmap.txt`; without such a file in alphabetical order
    of all names that occur in any part.

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
    for folders in portion_folders(root, split):
        tried.append(f"{folders[0]}/*.xml")
        files = _annotation_files(folders)
        if files:
            return _read_folders(root, folders, files, limits)
    raise LayoutNotFoundError("Pascal VOC", list(dict.fromkeys(tried)))


def _annotation_files(folders: Sequence[Path]) -> list[Path]:
    """Gives the files of the first folder that has XML of this kind, or such as cannot be told."""
    for folder in folders:
        files = [file for file in with_suffix(folder, (".xml",)) if file.suffix in (".xml", ".XML")]
        if any(root_tag(file) in ("annotation", "") for file in files[:_LOOKED_AT]):
            return files
    return []


def _lists(place: Path, split: Portion) -> list[Path]:
    files = [place / "ImageSets" / kind / f"{word}.txt" for kind in _LISTS for word in SPLIT_WORDS[split]]
    return [file for file in files if file.is_file()]


def _read_lists(place: Path, listing: Path, limits: ReadingLimits) -> Reading:
    annotations = place / "Annotations"
    faults = FaultList(str(listing))
    names = _names_in(listing, annotations)
    say_repeats(names, faults)
    masks = place / "SegmentationObject"
    images = tuple(folder for folder in (place / "JPEGImages", place / "images", annotations) if folder.is_dir())
    folders = VocFolders(annotations, images, masks if masks.is_dir() else None)
    categories = _stated_categories(place)
    if categories is None:
        everything = {
            name for split in SPLIT_WORDS for file in _lists(place, split) for name in _names_in(file, annotations)
        }
        categories = _found_categories(xml_file(annotations, name) for name in everything)
    return read_pascal_voc(names, folders, categories, faults, limits)


def _read_folders(root: Path, folders: Sequence[Path], files: Sequence[Path], limits: ReadingLimits) -> Reading:
    categories = _stated_categories(root)
    if categories is None:
        places = [place for portion in SPLIT_WORDS for place in portion_folders(root, portion)]
        categories = _found_categories(dict.fromkeys(file for place in places for file in _annotation_files(place)))
    annotations = files[0].parent
    images = [folder for folder in (annotations, *folders) if folder == annotations or has_images(folder)]
    where = VocFolders(annotations, tuple(dict.fromkeys(images)))
    names = [file.stem for file in files]
    return read_pascal_voc(names, where, categories, FaultList(str(annotations)), limits)


def _names_in(listing: Path, annotations: Path) -> list[str]:
    """Reads a list, with its repeats; a flag after the name, as in lists of one class or of objects, is left off.

    With flags, a name says something about one class or object in each line, so it stands for the image once.
    """
    names, has_flags = [], False
    for line in file_names_in(listing):
        name, _, flag = line.strip().rpartition(" ")
        is_flagged = bool(name) and flag in _FLAGS and not xml_file(annotations, line.strip()).is_file()
        names.append(name.strip() if is_flagged else line.strip())
        has_flags |= is_flagged
    found = [name for name in names if name]
    return list(dict.fromkeys(found)) if has_flags else found


def _stated_categories(place: Path) -> list[str] | None:
    for file in (place / name for name in CLASS_FILES):
        if file.is_file():
            lines = (line.strip() for line in class_names_in(file))
            # labelmap.txt has "name:colour:parts:actions", after a comment; black is what is no object in masks
            lines = (line for line in lines if file.stem != "labelmap" or not line.startswith(_BACKGROUND))
            names = [line.split(":")[0] if file.stem == "labelmap" else line for line in lines]
            return list(dict.fromkeys(name for name in names if name and not name.startswith("#")))
    return None


def _found_categories(files: Iterable[Path]) -> list[str]:
    return sorted({name for file in files for name in class_names(file)})
