"""The form of a model file: tensors as safetensors keeps them, which cannot run code, and the card in their header."""

import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from boxwright.errors import DataError
from boxwright.writing.atomic_file import atomic_file

KEY = "boxwright"  # of the card in the header
LONGEST_HEADER = 2**23
"""Bytes of the list of tensors and the card; reading it takes twenty times as much memory."""

_LONGEST_OF_ALL = 100_000_000  # that safetensors reads


def write_tensors(path: Path, tensors: Mapping[str, Tensor], header: str, *, replaces: bool) -> None:
    """Writes a model file; an interrupted write leaves what was there before.

    Args:
        path: Where to; missing folders are made.
        tensors: By name.
        header: The card.
        replaces: Whether a file that is there is replaced.

    Raises:
        ConfigError: Something is there and is not to be replaced.
    """
    own = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}
    with atomic_file(path, replaces=replaces) as file:
        file.write(save(own, metadata={KEY: header}))


def is_safetensors(path: Path) -> bool:
    """Tells whether a file begins as safetensors do: the length of a header, then the header.

    Args:
        path: The file.
    """
    with path.open("rb") as file:
        start = file.read(9)
    return len(start) == 9 and start[8:] == b"{" and struct.unpack("<Q", start[:8])[0] <= _LONGEST_OF_ALL


def read_header(path: Path) -> dict[str, Any] | None:
    """Reads the card in the header, without the tensors.

    Args:
        path: A file in the form of safetensors.

    Returns:
        The values of the card, or None if somebody else wrote the file.

    Raises:
        DataError: The file is damaged.
    """
    _require_short_header(path)
    try:
        with safe_open(path, framework="pt") as file:
            header = (file.metadata() or {}).get(KEY)
        values = None if header is None else json.loads(header)
    except (SafetensorError, ValueError, RecursionError, OSError) as error:
        raise _damaged(path, error) from error
    if values is not None and not isinstance(values, dict):
        raise DataError(f"{path}: the card in it is no list of values. Take a file that `save_model` wrote.")
    return values


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Reads the tensors.

    Args:
        path: A file in the form of safetensors.

    Raises:
        DataError: The file is damaged.
    """
    _require_short_header(path)
    try:
        with safe_open(path, framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  no dictionary
    except (SafetensorError, OSError, TypeError, ValueError) as error:
        raise _damaged(path, error) from error


def _require_short_header(path: Path) -> None:
    with path.open("rb") as file:
        length: int = struct.unpack("<Q", file.read(8))[0]
    if length > LONGEST_HEADER:
        raise DataError(
            f"{path}: its header has {length:,} bytes, weights need {LONGEST_HEADER:,} at most. Do not trust the file."
        )


def _damaged(path: Path, error: Exception) -> DataError:
    return DataError(
        f"{path} is cut short or damaged ({path.stat().st_size} bytes; {error}). Copy it again, or take another one of "
        "the run."
    )
