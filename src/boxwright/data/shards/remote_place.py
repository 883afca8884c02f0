"""Packed data at an address of an object store."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import fsspec
from fsspec.registry import known_implementations

from boxwright.data.shards.shard_cache import ShardCache
from boxwright.data.shards.shard_index import INDEX, PackedFile, PackedPart, ShardIndex
from boxwright.data.shards.shard_place import no_index, require_size
from boxwright.errors import BoxwrightError, ConfigError, DataError, MissingExtraError

_PACKAGES = {"gs": "gcsfs", "gcs": "gcsfs", "s3": "s3fs", "s3a": "s3fs", "http": "aiohttp", "https": "aiohttp"}


@dataclass(frozen=True)
class RemotePlace:
    """An address of an object store, by fsspec; what is read of it is kept on this machine.

    Args:
        address: With a protocol, such as s3://bucket/folder.
    """

    address: str

    @property
    def name(self) -> str:
        """What to call it in messages."""
        return self.address

    def is_here(self, file: PackedFile) -> bool:
        """Says whether a file was fetched already."""
        return self.cache.path(file).is_file()

    def index(self) -> ShardIndex:
        """Reads the index."""
        return ShardIndex.from_json(self._index, self._join(INDEX))

    def require_whole(self, part: PackedPart) -> None:
        """Refuses a part of which files are not there or have another size."""
        files, root = filesystem_of(self.address)
        for file in part.files:
            with _said_of(self._join(file.name)):
                try:
                    size = files.info(f"{root}/{file.name}").get("size")
                except FileNotFoundError:
                    size = None
                else:
                    size = file.size if size is None else size  # a server need not say it
            require_size(file, size, self._join(file.name))

    def most_kept(self, part: PackedPart) -> int | None:
        """Gives how many shards fit into the cache."""
        return self.cache.most // max((shard.size for shard in part.shards), default=1)

    def path(self, file: PackedFile) -> Path:
        """Gives a file on this machine, fetched if it is not there."""
        name = self._join(file.name)

        def opened() -> Any:
            files, root = filesystem_of(self.address)
            return files.open(f"{root}/{file.name}", "rb")

        with _said_of(name):
            return self.cache.fetched(file, opened, name)

    @cached_property
    def cache(self) -> ShardCache:
        """Where files are kept; other files under the same address have a place of their own."""
        return ShardCache.of(f"{self.address}\n{self._index.hex()}")

    @cached_property
    def _index(self) -> bytes:
        files, root = filesystem_of(self.address)
        try:
            with _said_of(self._join(INDEX)):
                return bytes(files.cat_file(f"{root}/{INDEX}"))
        except FileNotFoundError as error:
            raise no_index(self.address, "there is no such file") from error

    def _join(self, name: str) -> str:
        return f"{self.address.rstrip('/')}/{name}"


def filesystem_of(address: str) -> tuple[Any, str]:
    """Gives what reads the files of an address, and the address as it wants it.

    Args:
        address: With a protocol.

    Raises:
        ConfigError: There is no such protocol.
        MissingExtraError: A package for it is not installed.
    """
    protocol = address.partition("://")[0]
    try:
        return fsspec.core.url_to_fs(address)  # type: ignore[no-any-return]
    except ImportError as error:
        package = _PACKAGES.get(protocol) or known_implementations.get(protocol, {}).get("class", "").split(".")[0]
        raise MissingExtraError(
            f"{address}: reading {protocol}:// needs the package {package}, which is not installed. Install it: "
            f"pip install {package}"
        ) from error
    except ValueError as error:
        known = ", ".join(sorted({"file", "s3", "gs", "http", "https"}))
        raise ConfigError(
            f"{address}: {protocol!r} is no protocol that fsspec knows. Use one of its protocols, such as {known}."
        ) from error


@contextmanager
def _said_of(name: str) -> Iterator[None]:
    """Makes errors of a store, whose types nobody knows, errors that name the file."""
    try:
        yield
    except (BoxwrightError, FileNotFoundError):
        raise
    except OSError as error:
        if error.filename is not None and os.path.isabs(str(error.filename)):  # of the disk of this machine
            raise
        raise _unreachable(name, error) from error
    except Exception as error:
        raise _unreachable(name, error) from error


def _unreachable(name: str, error: Exception) -> DataError:
    return DataError(
        f"{name} cannot be read ({type(error).__name__}: {error}). Check the network, the address and your rights, or "
        "copy the data to a folder and name that."
    )
