"""Reading a file of weights that somebody else's program wrote, without running any of it."""

import pickle
import struct
import zipfile
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.serialization import safe_globals

from boxwright.bounded_text import listed
from boxwright.errors import DataError
from boxwright.foreign_weights.archive import list_archive
from boxwright.foreign_weights.older_file import START, list_older_file
from boxwright.foreign_weights.pickle_listing import PickleListing
from boxwright.foreign_weights.shells import shells_for

_READING = (
    *(pickle.UnpicklingError, RuntimeError, EOFError, LookupError, TypeError, ValueError, AttributeError),
    *(zipfile.BadZipFile, struct.error, OverflowError, AssertionError, OSError),
)


def read_foreign(path: Path) -> Any:
    """Reads what `torch.save` of anybody wrote: tensors and plain values are themselves, all else is a `Shell`.

    First every name in the pickle is listed without running it, and names that are no data of a network are refused;
    then torch reads the file with `weights_only=True`, and with a shell for each class that is not here.

    Args:
        path: The file.

    Raises:
        DataError: The file is missing, none of torch, damaged, or dangerous; the message names what is wrong.
    """
    if not path.is_file():
        raise DataError(f"There is no file of weights {path}. Give one that torch.save wrote.")
    try:
        shells = shells_for(_listed(path))
        with safe_globals(shells):
            content = torch.load(path, map_location="cpu", weights_only=True)
        _require_plain(content)
    except DataError as error:
        raise DataError(f"{path}: {error}") from error
    except _READING as error:
        raise DataError(f"{path} is damaged, or no file of weights: {_reason(error)}. Get it again.") from error
    return content


def _listed(path: Path) -> PickleListing:
    with path.open("rb") as file:
        start = file.read(len(START))
    if start.startswith(b"PK"):
        if not zipfile.is_zipfile(path):
            raise DataError(f"it is cut short ({path.stat().st_size:,} bytes). Get it again.")
        return list_archive(path)
    if start == START:
        return list_older_file(path)
    raise DataError(
        f"it begins with {start[:8]!r}, so it is no file of torch.save. Give weights in the form of PyTorch "
        "(.pt, .pth) or safetensors."
    )


def _reason(error: Exception) -> str:
    """Gives the line of a message that says what is wrong; torch puts advice around it."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    _, said, reason = next((line for line in lines if "error:" in line), lines[0]).partition("error:")
    return (reason if said else lines[0]).strip()[:300].rstrip(".") or "a step of its pickle fits nothing"


def _require_plain(content: Any) -> None:
    """Raises if a tensor is a view of fewer numbers than it has: it would fill the memory when it is copied.

    Or if a dictionary has values in the place of its functions.
    """
    seen: set[int] = set()
    waiting = [content]
    while waiting:
        value = waiting.pop()
        if isinstance(value, Tensor):
            if value.numel() * value.element_size() > value.untyped_storage().nbytes():
                raise DataError(f"a tensor of {tuple(value.shape)} claims more numbers than it has. Do not trust it.")
            continue
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, dict):
            _require_own_functions(value)
            waiting += value.values()
        elif isinstance(value, (list, tuple, set)):
            waiting += value
        elif hasattr(value, "arguments"):
            waiting += [value.arguments, value.state]


def _require_own_functions(value: dict[Any, Any]) -> None:
    added = getattr(value, "__dict__", {}).keys() - {"_metadata"}  # which state dictionaries of torch have
    if added:
        raise DataError(f"a dictionary in it has {listed(sorted(map(str, added)), 4)} of its own. Do not trust it.")
