"""Images that lie beside those of a data set and are in no part of it."""

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping

from boxwright.data.faults import Fault
from boxwright.data.formats.table_dataset import Reading
from boxwright.data.images.file_formats import IMAGE_SUFFIXES, LOOKS_LIKE_IMAGE, suffix_of
from boxwright.data.images.folder_scan import is_hidden
from boxwright.errors import counted

_NAMED = 3
_READ = frozenset(IMAGE_SUFFIXES)


def unlisted_images(readings: Mapping[str, Reading], known: Iterable[Fault]) -> list[Fault]:
    """Finds images in the folders of used images that no part has.

    Args:
        readings: All parts.
        known: Faults; the files of these are listed, and not usable.
    """
    used: dict[str, set[str]] = defaultdict(set)
    of_files = (reading for reading in readings.values() if reading.images is None)
    paths = (path for reading in of_files for path in reading.table.all_paths())
    for path in paths:
        folder, _, name = path.rpartition("/")
        used[folder or "."].add(name)
    said = tuple(fault.file for fault in known if fault.code == "image-unused")  # with what is not read in them
    for fault in known:
        folder, _, name = fault.file.rpartition("/")
        if folder in used:
            used[folder].add(name)
    faults = []
    for folder, names in used.items():
        suffixes = _READ if any(folder.startswith(scanned) for scanned in said) else LOOKS_LIKE_IMAGE
        found = sorted(name for name in _images_in(folder, suffixes) if name not in names)
        if found:
            shown = ", ".join(found[:_NAMED]) + (", …" if len(found) > _NAMED else "")
            faults.append(Fault("image-unlisted", folder, None, f"{counted(len(found), 'image')} in no part: {shown}"))
    return faults


def _images_in(folder: str, suffixes: frozenset[str]) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries]
    except OSError:  # its images are gone, which is said of each
        return []
    return [name for name in names if suffix_of(name) in suffixes and not is_hidden(name)]
