"""Folders whose content is whole or not there."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from boxwright.errors import ConfigError
from boxwright.writing.write_errors import naming_file

_BEGIN, _END = ".boxwright-", ".part"


def is_unfinished(name: str) -> bool:
    """Says whether something is called as what a process writes to, and leaves if it is killed.

    Args:
        name: Of a file or folder.
    """
    return name.startswith(_BEGIN) and name.endswith(_END)


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """Gives a temporary folder to write to, whose content takes its place when the block ends.

    If the block raises, or the process dies, nothing is in the folder that a reader could take for all of it.

    Args:
        folder: Where the content shall be: not there, or empty.

    Raises:
        ConfigError: Something came into the folder meanwhile.
    """
    target = folder.resolve()
    was_there = target.is_dir()
    if not was_there:
        target.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=_BEGIN, suffix=_END, dir=target if was_there else target.parent))
    try:
        with naming_file(folder):
            yield part
        is_taken = target.exists()
        if target.is_dir():
            is_taken = not all(is_unfinished(each.name) for each in target.iterdir())
        if is_taken:
            raise ConfigError(f"{folder}: something else was written there meanwhile. Choose another folder.")
        if not target.is_dir():
            part.chmod(target.parent.stat().st_mode & 0o777)  # temporary folders are private, this one need not be
            part.rename(target)
            return
        for each in part.iterdir():
            each.rename(target / each.name)
        part.rmdir()
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
