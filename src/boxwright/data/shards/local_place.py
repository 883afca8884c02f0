"""Packed data in a folder of this machine."""

from dataclasses import dataclass
from pathlib import Path

from boxwright.data.shards.shard_index import INDEX, PackedFile, PackedPart, ShardIndex, digest_of
from boxwright.data.shards.shard_place import no_index, require_size
from boxwright.errors import DataError


@dataclass(frozen=True, slots=True)
class LocalPlace:
    """A folder of this machine.

    Args:
        folder: The folder.
    """

    folder: Path

    @property
    def name(self) -> str:
        """What to call it in messages."""
        return str(self.folder)

    def is_here(self, file: PackedFile) -> bool:
        """Says that a file is on this machine."""
        return True

    def index(self) -> ShardIndex:
        """Reads the index."""
        path = self.folder / INDEX
        try:
            content = path.read_bytes()
        except OSError as error:
            raise no_index(str(self.folder), error.strerror or str(error)) from error
        return ShardIndex.from_json(content, str(path))

    def require_whole(self, part: PackedPart) -> None:
        """Refuses a part of which files are not there or have another size, and annotations that were changed."""
        for file in part.files:
            path = self.folder / file.name
            size = path.stat().st_size if path.is_file() else None
            require_size(file, size, str(path))
        for file in part.columns.values():
            path = self.folder / file.name
            if digest_of(path) != file.sha256:
                raise DataError(f"{path} was changed after it was packed. Copy it again, or pack the data again.")

    def most_kept(self, part: PackedPart) -> int | None:
        """Says that all shards are here."""
        return None

    def path(self, file: PackedFile) -> Path:
        """Gives a file."""
        return self.folder / file.name
