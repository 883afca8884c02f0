"""A second name of a file that is complete."""

import os
import shutil
import tempfile
from pathlib import Path

from boxwright.writing.atomic_file import atomic_file, put_in_place


def give_second_name(file: Path, name: Path) -> None:
    """Makes a file known by a second name, in place of what had that name; nothing is written twice.

    Both names lead to the same bytes on the disk until one of them is replaced: files of a run are never changed in
    place. Where the file system has no hard links, the bytes are copied.

    Args:
        file: Complete, written by the same run.
        name: The second name, on the same disk.
    """
    name.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=name.parent, prefix=".boxwright-", suffix=".part") as folder:
        link = Path(folder) / "link"
        try:
            os.link(file, link)
        except OSError:  # a file system without links, or another disk
            with file.open("rb") as source, atomic_file(name, replaces=True) as target:
                shutil.copyfileobj(source, target)
        else:
            put_in_place(link, name, replaces=True)
