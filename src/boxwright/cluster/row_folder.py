"""The folder that rows are written to: on a disk, or behind an address."""

import os
from pathlib import Path
from typing import Any, TypeAlias

from boxwright.cluster.places import file_system_of, is_address
from boxwright.errors import ConfigError
from boxwright.writing.atomic_file import atomic_file, require_folder
from boxwright.writing.finished_folder import require_unfinished


class DiskFolder:
    """A folder that has a path.

    Args:
        folder: The path.

    Raises:
        ConfigError: It cannot be written to, or belongs to a training, a measurement or an export.
    """

    def __init__(self, folder: Path) -> None:
        require_folder(folder, "output")
        require_unfinished(folder, "output")
        self._folder = folder

    def names(self) -> list[str]:
        """Lists what is in it; nothing where it is not there."""
        return sorted(os.listdir(self._folder)) if self._folder.is_dir() else []

    def open(self, name: str) -> Any:
        """Opens a file for reading.

        Args:
            name: In the folder.
        """
        return (self._folder / name).open("rb")

    def write(self, name: str, content: bytes) -> None:
        """Writes a file, whole or not at all.

        Args:
            name: In the folder.
            content: Of the file.

        Raises:
            ConfigError: A file of this name is there.
        """
        with atomic_file(self._folder / name) as file:
            file.write(content)


class AddressFolder:
    """A folder behind an address; object stores show a file when all of it is there.

    Args:
        address: Of the folder.

    Raises:
        DataError: There is no such kind of address.
    """

    def __init__(self, address: str) -> None:
        self._system, self._root = file_system_of(address.rstrip("/"))

    def names(self) -> list[str]:
        """Lists what is in it; nothing where it is not there."""
        if not self._system.isdir(self._root):
            return []
        return sorted(str(path).rpartition("/")[2] for path in self._system.ls(self._root, detail=False))

    def open(self, name: str) -> Any:
        """Opens a file for reading.

        Args:
            name: In the folder.
        """
        return self._system.open(f"{self._root}/{name}", "rb")

    def write(self, name: str, content: bytes) -> None:
        """Writes a file at once.

        Args:
            name: In the folder.
            content: Of the file.

        Raises:
            ConfigError: A file of this name is there.
        """
        path = f"{self._root}/{name}"
        if self._system.exists(path):
            raise ConfigError(f"{self._system.unstrip_protocol(path)} is there already, and nothing is written over.")
        self._system.makedirs(self._root, exist_ok=True)
        self._system.pipe_file(path, content)


RowFolder: TypeAlias = DiskFolder | AddressFolder


def row_folder(folder: str) -> RowFolder:
    """Finds the folder that rows are to be written to.

    Args:
        folder: A path or an address.

    Raises:
        ConfigError: Nothing can be written there.
        DataError: There is no such kind of address.
    """
    return AddressFolder(folder) if is_address(folder) else DiskFolder(Path(folder).expanduser())
