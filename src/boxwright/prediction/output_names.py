"""How files that are written are called, after those of the source."""

import os
from pathlib import Path

from boxwright.prediction.frames import Frame
from boxwright.prediction.source_folders import SourceFolders
from boxwright.writing.numbered import FreeNames


class OutputNames:
    """Gives names that follow the source; nothing of a run is written over, and nothing lies beside the source.

    Args:
        folder: Where to write.

    Attributes:
        renamed: Names with a number since another file was there before this run: as it would have been, and as it is.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.renamed: list[tuple[Path, Path]] = []
        self._names, self._sources = FreeNames(), SourceFolders()
        self._own: set[Path] = set()

    def give(self, frame: Frame, suffix: str, *below: str) -> Path:
        """Finds the first name that neither this run nor anybody else has used.

        Args:
            frame: The image.
            suffix: Of the file.
            below: Folders in which it is to lie.

        Raises:
            ConfigError: It would lie beside a file of the source.
        """
        wanted = self.folder.joinpath(*below, frame.name).with_suffix(suffix)
        if frame.origin.path is not None:
            self._sources.include(Path(frame.origin.path))
        self._sources.require_apart(wanted.parent)
        given = self._names.give(wanted)
        if given != wanted and os.path.lexists(wanted) and wanted not in self._own:
            self.renamed.append((wanted, given))
        self._own.add(given)
        return given
