"""Where the files of a source lie, and that nothing is drawn there."""

from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any

from boxwright.errors import ConfigError
from boxwright.prediction.sources import SourceFile


class SourceFolders:
    """Remembers the folders of the files of a source, whatever links or spellings lead to them."""

    def __init__(self) -> None:
        self._seen: set[Path] = set()
        self._folders: dict[Any, Path] = {}

    def include(self, file: Path) -> None:
        """Takes a file of the source; of a link, both where it lies and where it leads.

        Args:
            file: Its path.
        """
        for folder in {file.parent, file.resolve().parent} if file.is_symlink() else {file.parent}:
            if folder not in self._seen:
                self._seen.add(folder)
                self._folders[_identity(folder)] = folder

    def require_apart(self, folder: Path) -> None:
        """Raises an error if a file of the source lies in a folder that is to be drawn to.

        Args:
            folder: Where a picture is to be written.

        Raises:
            ConfigError: One does.
        """
        shared = self._folders.get(_identity(folder))
        if shared is not None:
            raise ConfigError(
                f"output: {folder} is a folder of the source ({shared}), and drawn pictures must not lie among the "
                f"originals. Name another folder, for instance {folder / 'found'}."
            )


def require_apart(output: Path, files: Iterable[SourceFile]) -> None:
    """Raises an error if what is drawn would lie beside the files of the source, before anything is read.

    Args:
        output: Folder for what is drawn.
        files: Of the source.

    Raises:
        ConfigError: It would.
    """
    folders, targets = SourceFolders(), set()
    for file in files:
        folders.include(file.path)
        targets.add(output / PurePosixPath(file.name).parent)
    for target in sorted(targets):
        folders.require_apart(target)


def _identity(folder: Path) -> Any:
    """Gives what is the same for all names of one folder."""
    place = folder.resolve()  # by way of a folder that is not yet there, too: new/..
    try:
        found = place.stat()
    except OSError:  # not yet there
        return place
    return found.st_dev, found.st_ino
