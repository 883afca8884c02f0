"""The image files of a data set that is written: their names, and where they come from."""

import os
import re
import shutil
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from boxwright.data.faults import Fault
from boxwright.data.formats.losses import Losses
from boxwright.data.formats.part import Part
from boxwright.data.formats.table_dataset import Reading
from boxwright.data.images.check import usable_header
from boxwright.data.reading_limits import ReadingLimits
from boxwright.lettering.visible import visible

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")  # what ends a line, or cannot be in XML


def image_positions(reading: Reading, limits: ReadingLimits) -> list[int]:
    """Gives the images that can be placed, and adds the faults of the others to the reading.

    A file that is no image is one of them: whoever made the data may have put a link to any file into it.

    Args:
        reading: One part.
        limits: What is refused.
    """
    paths = reading.table.all_paths()
    headers = {path: usable_header(path, limits) for path in dict.fromkeys(paths)}
    faults = [header for header in headers.values() if isinstance(header, Fault)]
    known = set(reading.faults.faults)
    reading.faults.faults += [fault for fault in faults if fault not in known]
    return [place for place, path in enumerate(paths) if not isinstance(headers[path], Fault)]


def names_of_images(paths: Sequence[str], taken: set[str], losses: Losses) -> tuple[str, ...]:
    """Gives every image a name whose stem is the only one in its folder, also on a disk that ignores capitals.

    Args:
        paths: Files at the source.
        taken: Stems that are given, without capitals; those of these images are added.
        losses: Takes the names that had to be changed.
    """
    names: list[str] = []
    seen: set[str] = set()
    next_number: dict[str, int] = {}
    for path in paths:
        found = Path(path)
        name = Path(_CONTROL.sub("_", found.name))
        if name.name != found.name:
            losses.note("file names with control characters, _ written for each", visible(found.name))
        key = _on_disk(name.stem)
        stem, number = name.stem, next_number.get(key, 2)
        while _on_disk(stem) in taken:
            stem, number = f"{name.stem}-{number}", number + 1
        if stem != name.stem:
            next_number[key] = number
            what = (
                "images that are listed again, written as often, a number was added"
                if path in seen
                else "file names that another image has, a number was added"
            )
            losses.note(what, visible(path))
        seen.add(path)
        taken.add(_on_disk(stem))
        names.append(f"{stem}{name.suffix}")
    return tuple(names)


def _on_disk(stem: str) -> str:
    """Gives what is the same for all names that a disk may take for one: capitals, and letters in several parts."""
    return unicodedata.normalize("NFC", stem.casefold())


def place_images(part: Part, folder: Path, how: str, source: Path, losses: Losses) -> None:
    """Copies or links the images of a part.

    Args:
        part: With the names.
        folder: Where to.
        how: "copy" or "link".
        source: The data set; what links in it lead to, outside of it, is noted.
        losses: Takes these.
    """
    folder.mkdir(parents=True, exist_ok=True)
    top = os.path.abspath(source if source.is_dir() else source.parent) + os.sep
    root = os.path.realpath(top) + os.sep
    real_folders: dict[str, str] = {}
    for position, name in enumerate(part.names):
        path = os.path.abspath(part.path(position))
        if how == "link":
            os.symlink(path, folder / name)
            continue
        inner, _, last = path.rpartition(os.sep)
        if inner not in real_folders:
            real_folders[inner] = os.path.realpath(inner)
        real = os.path.realpath(path) if os.path.islink(path) else os.path.join(real_folders[inner], last)
        if path.startswith(top) and not real.startswith(root):
            losses.note("links that lead out of the source: what they lead to was copied", path)
        with open(path, "rb") as original, (folder / name).open("xb") as copy:
            shutil.copyfileobj(original, copy, 2**20)
