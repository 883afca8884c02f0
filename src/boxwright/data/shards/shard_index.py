"""The file that says what a packed data set consists of."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path, PurePosixPath
from typing import Any, get_args

from boxwright.data.formats.layout import Split
from boxwright.errors import DataError

INDEX = "index.json"
FORMAT, VERSION = "boxwright shards", 1
_LARGEST = 2**63
_DIGITS = 64  # of a SHA-256
_AT_ONCE = 2**20  # bytes
_HEAD = 200  # bytes that the format stands in


@dataclass(frozen=True, slots=True)
class PackedFile:
    """One file of a packed data set.

    Args:
        name: Relative to the index.
        size: Bytes.
        sha256: Of its content.
    """

    name: str
    size: int
    sha256: str

    @classmethod
    def of(cls, path: Path, name: str) -> "PackedFile":
        """Reads a file and says what it is.

        Args:
            path: The file.
            name: Relative to the index.
        """
        return cls(name, path.stat().st_size, digest_of(path))


@dataclass(frozen=True, slots=True)
class PackedPart:
    """One part of a packed data set.

    Args:
        images: How many.
        objects: How many.
        word: What its references call an object, "annotation" or "line".
        has_ids: Whether these are ids that are worth keeping.
        shards: Tar files with the images.
        columns: Annotations, by the name of the column.
    """

    images: int
    objects: int
    word: str
    has_ids: bool
    shards: tuple[PackedFile, ...]
    columns: Mapping[str, PackedFile]

    @property
    def files(self) -> tuple[PackedFile, ...]:
        """All files of the part."""
        return (*self.shards, *self.columns.values())


@dataclass(frozen=True, slots=True)
class ShardIndex:
    """What a packed data set consists of.

    Args:
        categories: Class names by label.
        category_ids: Ids by label.
        parts: By name.
    """

    categories: tuple[str, ...]
    category_ids: tuple[int, ...]
    parts: Mapping[Split, PackedPart]

    def to_json(self) -> bytes:
        """Writes it."""
        content = {"format": FORMAT, "version": VERSION, **asdict(self)}
        return json.dumps(content, indent=1, ensure_ascii=False).encode("utf-8", "backslashreplace")

    @classmethod
    def from_json(cls, content: bytes, name: str) -> "ShardIndex":
        """Reads it, and believes nothing.

        Args:
            content: Of the file.
            name: Of the file, for messages.

        Raises:
            DataError: It is no index, or that of another version.
        """
        try:
            found = json.loads(content)
            if not isinstance(found, dict) or found.get("format") != FORMAT:
                raise DataError(
                    f"{name} is no index of packed data. Give the folder that `boxwright pack` has written."
                )
            if found.get("version") != VERSION:
                raise DataError(
                    f"{name} is of version {found.get('version')!r} of the format, and this boxwright reads version "
                    f"{VERSION}. Pack the data again, or take the boxwright that packed them."
                )
            names, ids = found["categories"], found["category_ids"]
            if not len(names) == len(ids) == len(set(ids)):
                raise ValueError(f"{len(names)} categories have the ids {ids!r:.80}")
            return cls(
                tuple(_text(each) for each in names),
                tuple(_whole(each) for each in ids),
                {split: _part(found["parts"][split]) for split in get_args(Split) if split in found["parts"]},
            )
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            if isinstance(error, DataError):
                raise
            raise DataError(
                f"{name} is damaged ({error!r:.200}). Pack the data again, or copy the file again."
            ) from error


def is_packed_folder(folder: Path) -> bool:
    """Says whether packed data lie in a folder.

    Args:
        folder: May be a file.
    """
    try:
        with (folder / INDEX).open("rb") as file:
            return f'"format": "{FORMAT}"'.encode() in file.read(_HEAD)
    except OSError:
        return False


def digest_of(path: Path) -> str:
    """Gives the SHA-256 of a file.

    Args:
        path: The file.
    """
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_AT_ONCE):
            digest.update(block)
    return digest.hexdigest()


def _part(found: Any) -> PackedPart:
    return PackedPart(
        _whole(found["images"]),
        _whole(found["objects"]),
        _text(found["word"]),
        bool(found["has_ids"]),
        tuple(_file(each) for each in found["shards"]),
        {_text(name): _file(each) for name, each in found["columns"].items()},
    )


def _file(found: Any) -> PackedFile:
    name, size, digest = (found[each.name] for each in fields(PackedFile))
    place = PurePosixPath(_text(name))
    if place.is_absolute() or ".." in place.parts or "\\" in name or ":" in name or not place.parts:
        raise ValueError(f"the file {name!r} does not lie beside the index")
    if _whole(size) < 0 or len(_text(digest)) != _DIGITS or not digest.isalnum():
        raise ValueError(f"size {size!r} and SHA-256 {digest!r} of {name}")
    return PackedFile(name, size, digest)


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"{value!r:.80} where a text is expected")
    return value


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) >= _LARGEST:
        raise ValueError(f"{value!r:.80} where a whole number is expected")
    return value
