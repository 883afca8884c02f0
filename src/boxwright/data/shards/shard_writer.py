"""Tar files of images and their annotations, one after the other."""

import hashlib
import io
import json
import tarfile
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from boxwright.data.images.file_formats import IMAGE_SUFFIXES
from boxwright.data.shards.shard_index import PackedFile

_OTHER_SUFFIX = ".img"  # for files whose name says nothing


class _Measured(io.RawIOBase):
    """A file that counts and digests what is written to it."""

    def __init__(self, file: BinaryIO) -> None:
        self.file, self.size, self.digest = file, 0, hashlib.sha256()

    def write(self, block: Any) -> int:
        self.file.write(block)
        self.size += len(block)
        self.digest.update(block)
        return len(block)

    def tell(self) -> int:
        return self.size


class ShardWriter:
    """Writes samples to tar files as WebDataset has them: files of one sample follow each other under one name.

    Args:
        folder: Where to; it is made.
        name: What the files are called, before a number.
        most: Bytes after which the next file begins.
    """

    def __init__(self, folder: Path, name: str, most: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.name, self.most = folder, name, most
        self.shards: list[PackedFile] = []
        self.samples = 0
        self._file: BinaryIO | None = None

    def __enter__(self) -> "ShardWriter":
        """Begins."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Ends the last file; where the block raised, it stays as it is."""
        if kind is None:
            self._end()
        elif self._file is not None:
            self._file.close()

    def add(self, content: bytes, suffix: str, record: dict[str, Any]) -> tuple[int, int]:
        """Writes an image and what is known about it.

        Args:
            content: Of the image file.
            suffix: Of its name.
            record: Goes to a JSON file beside it.

        Returns:
            The number of the tar file, and the place of the first byte of the image in it.
        """
        if self._file is not None and self._measured.size >= self.most:
            self._end()
        if self._file is None:
            self._begin()
        name = f"{self.samples:09d}"
        known = suffix.lower()
        start = self._put(f"{name}{known if known in IMAGE_SUFFIXES else _OTHER_SUFFIX}", content)
        self._put(f"{name}.json", json.dumps(record, ensure_ascii=False).encode("utf-8", "backslashreplace"))
        self.samples += 1
        return len(self.shards), start

    def _put(self, name: str, content: bytes) -> int:
        entry = tarfile.TarInfo(name)
        entry.size = len(content)
        start = self._measured.size + len(entry.tobuf(tarfile.USTAR_FORMAT))
        self._tar.addfile(entry, io.BytesIO(content))
        return start

    def _begin(self) -> None:
        self._file = (self.folder / self._file_name).open("xb")
        self._measured = _Measured(self._file)
        self._tar = tarfile.TarFile(fileobj=self._measured, mode="w", format=tarfile.USTAR_FORMAT)

    def _end(self) -> None:
        if self._file is None:
            return
        self._tar.close()
        self._file.close()
        self._file = None
        name = f"{self.folder.name}/{self._file_name}"
        self.shards.append(PackedFile(name, self._measured.size, self._measured.digest.hexdigest()))

    @property
    def _file_name(self) -> str:
        return f"{self.name}-{len(self.shards):06d}.tar"
