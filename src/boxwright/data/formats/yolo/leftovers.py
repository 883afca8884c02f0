"""Files of a YOLO folder that are not used."""

import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from boxwright.data.faults import FaultList
from boxwright.data.formats.yolo.image_list import ImageList
from boxwright.data.formats.yolo.label_finder import LabelFinder
from boxwright.data.formats.yolo.row_forms import BOX_COLUMNS
from boxwright.data.images.folder_scan import is_hidden
from boxwright.errors import counted

_NAMED = 3


def say_leftovers(found: ImageList, finder: LabelFinder, faults: FaultList) -> None:
    """Says what lies in the folders of a part and is not used: images, and label files.

    Args:
        found: The images, with what was found in folders.
        finder: Knows where label files are.
        faults: Takes one fault for each folder and kind.
    """
    for folder, scan in found.scans.items():
        likely = set(scan.unused())
        unused = [file for file in scan.others if file in likely or finder(file) is not None]
        if unused:
            text = f"{counted(len(unused), 'file')} not used: {named(unused, folder)}"
            faults.add("image-unused", None, text, file=folder)
        if scan.hidden:
            faults.add("hidden", None, f"{len(scan.hidden):,} left out: {named(scan.hidden, folder)}", file=folder)
    own = _label_folders(found, finder)
    common = {folder: images for folder, images in finder.used.items() if folder not in own}
    elsewhere = _ImageStems(finder.roots)
    for folder, images in (own | common).items():
        lonely = sorted(_without_image(folder, images, finder))
        if folder in common:
            lonely = [path for path in lonely if os.path.splitext(os.path.basename(path))[0] not in elsewhere]
        if lonely:
            text = f"{counted(len(lonely), 'label file')} without an image: {named(lonely, folder)}"
            faults.add("labels-unused", None, text, file=folder)


def named(files: Sequence[str], folder: str) -> str:
    """Names the first of some files.

    Args:
        files: In or below the folder.
        folder: Which need not be said.
    """
    names = [os.path.relpath(file, folder) for file in files[:_NAMED]]
    return ", ".join(names) + (", …" if len(files) > _NAMED else "")


@dataclass
class _ImageStems:
    """Names of all images of a data set, looked for when they are asked for: parts may share a folder of labels."""

    roots: Sequence[str]
    stems: set[str] | None = None

    def __contains__(self, stem: str) -> bool:
        if self.stems is None:
            names = (name for root in self.roots for _, _, names in os.walk(root) for name in names)
            self.stems = {os.path.splitext(name)[0] for name in names if not name.endswith(".txt")}
        return stem in self.stems


def _label_folders(found: ImageList, finder: LabelFinder) -> dict[str, set[str]]:
    """Gives the folders whose label files belong to the images of certain folders alone."""
    folders: dict[str, set[str]] = defaultdict(set)
    for images in {os.path.dirname(image) for image in found.images}:
        for labels in finder.mirrors(images):
            folders[labels].add(images)
    for top in found.scans:
        for labels in finder.mirrors(top):
            for place, inner, _ in os.walk(labels):
                inner[:] = [name for name in inner if not is_hidden(name)]
                folders[place].add(os.path.normpath(os.path.join(top, os.path.relpath(place, labels))))
    return folders


def _without_image(folder: str, images: Iterable[str], finder: LabelFinder) -> list[str]:
    """Gives the label files of a folder for which no file in the folders of images has the name."""
    stems = {
        os.path.splitext(name)[0] for each in images for name in finder.names_in(each) if not name.endswith(".txt")
    }
    names = [name for name in finder.names_in(folder) if name.endswith(".txt") and not is_hidden(name)]
    lonely = [os.path.join(folder, name) for name in names if name[:-4] not in stems]
    return [path for path in lonely if _has_rows(path)]


def _has_rows(path: str) -> bool:
    """Says whether a text begins with a row of numbers; other texts lie beside images too."""
    try:
        with open(path, encoding="utf-8-sig") as file:
            words = file.readline(1000).split()
        return len([float(word) for word in words]) >= BOX_COLUMNS
    except (OSError, ValueError):
        return False
