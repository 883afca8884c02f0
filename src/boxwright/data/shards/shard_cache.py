"""Files of an object store that are kept on the disk of the machine, up to a bound."""

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock

from boxwright.data.shards.shard_index import PackedFile
from boxwright.errors import ConfigError, DataError
from boxwright.writing.atomic_file import atomic_file

FOLDER, GIGABYTES = "BOXWRIGHT_SHARD_CACHE", "BOXWRIGHT_SHARD_CACHE_GB"
"""Environment variables: where files are kept, and how many gigabytes of shards at most."""

_USUAL_GIGABYTES = 50.0
_AT_ONCE = 2**22  # bytes
_SHARDS = "*.tar"

Source = Callable[[], Any]
"""Opens a file where it comes from."""


@dataclass(frozen=True, slots=True)
class ShardCache:
    """A folder of whole files, of which those that were not used for longest make room for new ones.

    All processes of a machine may use it at the same time: a file is fetched by one of them, and the others wait for
    it. One that is taken away while somebody reads it stays readable for them.

    Args:
        folder: Of the files of one data set; beside it lie those of others.
        most: Bytes of the shards of all data sets together.
    """

    folder: Path
    most: int

    @classmethod
    def of(cls, key: str) -> "ShardCache":
        """Gives the cache of a data set, as the environment wants it.

        Args:
            key: What tells it from all others.

        Raises:
            ConfigError: The bound is no number over 0.
        """
        usual = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "boxwright" / "shards"
        folder = Path(os.environ.get(FOLDER) or usual)
        asked = os.environ.get(GIGABYTES) or str(_USUAL_GIGABYTES)
        try:
            most = int(float(asked) * 1e9)
        except (ValueError, OverflowError):
            most = 0
        if most < 1:
            raise ConfigError(f"{GIGABYTES} must be a number over 0; found {asked!r}. Correct the variable.")
        return cls(folder / hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()[:16], most)

    def path(self, file: PackedFile) -> Path:
        """Says where a file is kept, whether it is there or not.

        Args:
            file: Of the data set.
        """
        return self.folder / file.name

    def fetched(self, file: PackedFile, source: Source, name: str) -> Path:
        """Gives a file, which is fetched and checked if it is not there.

        Args:
            file: Of the data set.
            source: Where it comes from.
            name: What to call it in messages.

        Raises:
            DataError: What came is not what was packed.
            OSError: The disk is full; the error names the file.
        """
        path = self.path(file)
        if not path.is_file():
            with _alone(path.with_name(f"{path.name}.lock")):
                if not path.is_file():
                    self._make_room(file.size)
                    _fetch(file, source, path, name)
        os.utime(path)  # it was used just now
        return path

    def _make_room(self, size: int) -> None:
        """Takes away shards until another one fits, those first that were not used for longest."""
        with _alone(self.folder.parent / "room.lock"):
            found = []
            for path in self.folder.parent.rglob(_SHARDS):
                try:
                    state = path.stat()
                except FileNotFoundError:  # somebody else took it away
                    continue
                found.append((state.st_mtime_ns, state.st_size, path))
            held = sum(each for _, each, _ in found)
            for _, each, path in sorted(found):
                if held + size <= self.most:
                    return
                path.unlink(missing_ok=True)
                held -= each


def _fetch(file: PackedFile, source: Source, path: Path, name: str) -> None:
    digest, size = hashlib.sha256(), 0
    with atomic_file(path, replaces=True) as part, source() as stream:
        while block := stream.read(_AT_ONCE):
            part.write(block)
            digest.update(block)
            size += len(block)
        if digest.hexdigest() != file.sha256:
            raise DataError(
                f"{name} is not the file that was packed: it has {size:,} bytes and SHA-256 "
                f"{digest.hexdigest()[:12]}…, not {file.size:,} and {file.sha256[:12]}…. Copy it there again, or pack "
                "the data again."
            )


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Lets one process of the machine in at a time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path):
        yield
