"""What a place with packed data offers."""

from pathlib import Path
from typing import Protocol, runtime_checkable

from boxwright.data.shards.shard_index import INDEX, PackedFile, PackedPart, ShardIndex
from boxwright.errors import DataError


@runtime_checkable
class ShardPlace(Protocol):
    """Where packed data lie."""

    @property
    def name(self) -> str:
        """What to call it in messages."""
        ...

    def is_here(self, file: PackedFile) -> bool:
        """Says whether a file is on this machine.

        Args:
            file: Of the data.
        """
        ...

    def index(self) -> ShardIndex:
        """Reads the index.

        Raises:
            DataError: There is none, or it is damaged.
        """
        ...

    def require_whole(self, part: PackedPart) -> None:
        """Refuses a part of which shards are not there, or have another size than when they were packed.

        Args:
            part: Of the data.

        Raises:
            DataError: That is so.
        """
        ...

    def most_kept(self, part: PackedPart) -> int | None:
        """Gives how many shards this machine can keep at a time; None if they are all here.

        Args:
            part: Of the data.
        """
        ...

    def path(self, file: PackedFile) -> Path:
        """Gives a file on this machine, fetched if it is not there.

        Args:
            file: Of the data.

        Raises:
            DataError: It cannot be fetched, or is not what was packed.
        """
        ...


def no_index(name: str, reason: str) -> DataError:
    """Builds the error for a place without packed data.

    Args:
        name: Of the place.
        reason: Why the index cannot be read.
    """
    return DataError(
        f"{name} holds no packed data: {INDEX} cannot be read ({reason}). Give the folder or address that "
        "`boxwright pack` has written, with all its files."
    )


def require_size(file: PackedFile, size: int | None, name: str) -> None:
    """Refuses a file that is not there, or has another size than when it was packed.

    Args:
        file: As it was packed.
        size: As it is; None if it is not there.
        name: What to call it in messages.

    Raises:
        DataError: That is so.
    """
    if size != file.size:
        found = "is not there" if size is None else f"has {size:,} bytes in place of {file.size:,}"
        raise DataError(f"{name} {found}. Copy it again, or pack the data again.")
