"""The form of a model file: tensors as safetensors keeps them, which cannot run code, and the card in their header."""

import json
import struct
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from boxwright.errors import ConfigError, DataError
from boxwright.writing.atomic_file import atomic_file

KEY = "boxwright"  # of the card in the header
LONGEST_HEADER = 2**23
"""Bytes of the list of tensors and the card; reading it takes twenty times as much memory."""

_LONGEST_OF_ALL = 100_000_000  # that safetensors reads
_ALIGNMENT = 8  # bytes; where the numbers begin
_KINDS = {
    torch.float64: "F64",
    torch.float32: "F32",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.int64: "I64",
    torch.int32: "I32",
    torch.int16: "I16",
    torch.int8: "I8",
    torch.uint8: "U8",
    torch.bool: "BOOL",
}


def write_tensors(path: Path, tensors: Mapping[str, Tensor], header: str, *, replaces: bool) -> None:
    """Writes a model file, tensor by tensor; an interrupted write leaves what was there before.

    Args:
        path: Where to; missing folders are made.
        tensors: By name.
        header: The card.
        replaces: Whether a file that is there is replaced.

    Raises:
        ConfigError: Something is there and is not to be replaced, or a tensor has numbers that no file holds.
    """
    for name, tensor in tensors.items():
        if tensor.dtype not in _KINDS:
            raise ConfigError(f"{name} has numbers of {tensor.dtype}, which no model file holds. Convert it first.")
    # the widest numbers first, so that all are aligned
    names = sorted(tensors, key=lambda name: (-tensors[name].element_size(), name))
    with atomic_file(path, replaces=replaces) as file:
        _write_header(file, {name: tensors[name] for name in names}, header)
        for name in names:
            numbers = tensors[name].detach().cpu().contiguous().view(-1)
            file.write(numbers.view(torch.uint8).numpy().data if len(numbers) else b"")


def _write_header(file: IO[bytes], tensors: Mapping[str, Tensor], card: str) -> None:
    entries: dict[str, Any] = {"__metadata__": {KEY: card}}
    end = 0
    for name, tensor in tensors.items():
        start, end = end, end + tensor.numel() * tensor.element_size()
        entries[name] = {"dtype": _KINDS[tensor.dtype], "shape": [*tensor.shape], "data_offsets": [start, end]}
    written = json.dumps(entries, separators=(",", ":")).encode()
    written += b" " * (-len(written) % _ALIGNMENT)
    file.write(struct.pack("<Q", len(written)) + written)


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
    _require_sound_header(path)
    try:
        with safe_open(path, framework="pt") as file:
            header = (file.metadata() or {}).get(KEY)
        values = None if header is None else json.loads(header, object_pairs_hook=_once)
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
    _require_sound_header(path)
    try:
        with safe_open(path, framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  no dictionary
    except (SafetensorError, OSError, TypeError, ValueError) as error:
        raise _damaged(path, error) from error


def _require_sound_header(path: Path) -> None:
    with path.open("rb") as file:
        length: int = struct.unpack("<Q", file.read(8))[0]
        if length > LONGEST_HEADER:
            raise DataError(
                f"{path}: its header has {length:,} bytes, weights need {LONGEST_HEADER:,} at most. Do not trust the "
                "file."
            )
        header = file.read(length)
    try:
        json.loads(header, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise _damaged(path, error) from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Gives a value of JSON, if it says nothing twice: which one counts would depend on who reads."""
    values = dict(pairs)
    if len(values) < len(pairs):
        twice = next(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        raise DataError(f"{twice[:100]!r} is in its header twice, and which one counts depends on who reads")
    return values


def _damaged(path: Path, error: Exception) -> DataError:
    return DataError(
        f"{path} is cut short or damaged ({path.stat().st_size} bytes; {error}). Copy it again, or take another one of "
        "the run."
    )
