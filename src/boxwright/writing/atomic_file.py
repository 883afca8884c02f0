"""Files that are whole or not there, and that never take the place of somebody else's."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from boxwright.errors import ConfigError
from boxwright.writing.write_errors import naming_file


@contextmanager
def atomic_file(path: Path, *, replaces: bool = False) -> Iterator[IO[bytes]]:
    """Opens a file for writing that takes its place only when it is complete.

    The bytes go to a temporary file in the same folder, are flushed to the disk, and the file is renamed. If
    the process dies or the block raises, what was at `path` before is still there and whole.

    Args:
        path: Where the file shall be; missing folders are made.
        replaces: Whether a file that is there is replaced. Only for files that the same run wrote, in a folder that it
            made.

    Raises:
        ConfigError: Something is at `path` and is not to be replaced; also a link that leads nowhere.
        OSError: The disk is full; the error names the file.
    """
    if not replaces:
        require_free(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    # not named after the file, whose name may be as long as the system allows
    with (
        naming_file(path),
        tempfile.NamedTemporaryFile(dir=path.parent, prefix=".boxwright-", suffix=".part", delete=False) as file,
    ):
        part = Path(file.name)
        try:
            yield file
            file.flush()
            os.fsync(file.fileno())
        except BaseException:
            part.unlink()
            raise
    try:
        part.chmod(0o666 & ~_umask())  # temporary files are private, this one need not be
        put_in_place(part, path, replaces=replaces)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def put_in_place(part: Path, path: Path, *, replaces: bool = False) -> None:
    """Gives a complete file its name, at once.

    Args:
        part: The file, in the same folder.
        path: Its name.
        replaces: Whether a file of that name is replaced.

    Raises:
        ConfigError: Something has that name and is not to be replaced.
    """
    if replaces:
        os.replace(part, path)
        return
    try:
        os.link(part, path)  # unlike a renaming it fails where something is there
    except FileExistsError:
        raise _taken(path, "") from None
    except OSError:  # a file system without links
        require_free(path)
        os.replace(part, path)
    else:
        part.unlink()


def require_free(path: Path, setting: str = "") -> None:
    """Raises an error if something is where a file is to be written.

    Commands ask this before they compute anything.

    Args:
        path: Of the file.
        setting: The setting that names it, for the message.

    Raises:
        ConfigError: A file, a folder or a link is there, or one of its folders is a file.
    """
    if os.path.lexists(path):
        raise _taken(path, setting)
    require_folder(path.parent, setting)


def require_folder(folder: Path, setting: str = "") -> None:
    """Raises an error if a folder is not there and cannot be made, or nothing can be written to it.

    Args:
        folder: That files are to be written to.
        setting: The setting that names it, for the message.

    Raises:
        ConfigError: It, or one of the folders above it, is a file or a link that leads nowhere, or the one that is
            there may not be written to.
    """
    absolute = folder.absolute()
    there = next((each for each in (absolute, *absolute.parents) if os.path.lexists(each)), None)
    if there is not None and not there.is_dir():
        raise ConfigError(f"{_named(setting)}nothing can be written to {folder}: {there} is no folder. Name another.")
    if there is not None and not os.access(there, os.W_OK | os.X_OK):
        raise ConfigError(
            f"{_named(setting)}nothing can be written to {folder}: you may not write to {there}. Give yourself the "
            "permission, or name another place."
        )


def _taken(path: Path, setting: str) -> ConfigError:
    return ConfigError(
        f"{_named(setting)}{path} is there already, and nothing is written over. Name a file that is not there, or "
        "take this one away first."
    )


def _named(setting: str) -> str:
    return f"{setting}: " if setting else ""


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
