"""How packed data are named, and what the names lead to."""

import os
from pathlib import Path

from boxwright.data.shards.local_place import LocalPlace
from boxwright.data.shards.remote_place import RemotePlace, filesystem_of
from boxwright.errors import DataError

PREFIX = "shards:"
"""Before a folder or an address, where data are named."""

_REMOTE_WINDOW = 16  # shards; 4 GB of the usual size
_OF_THE_MACHINE = ("file", "local")


def place_of_shards(source: str) -> LocalPlace | RemotePlace:
    """Finds where packed data lie.

    Args:
        source: A folder, or an address of a protocol that fsspec knows; without "shards:".

    Raises:
        DataError: There is no such folder.
        ConfigError: There is no such protocol.
        MissingExtraError: A package for the protocol is not installed.
    """
    protocol, colon, rest = source.partition("://")
    if not colon or protocol in _OF_THE_MACHINE:
        folder = Path(os.path.expanduser(rest if colon else source))  # no shell does it behind "shards:"
        if not folder.is_dir():
            raise DataError(f"There is no folder {folder.absolute()} of packed data. Correct the path, or pack them.")
        return LocalPlace(folder)
    filesystem_of(source)
    return RemotePlace(source)


def absolute_place(source: str) -> str:
    """Writes a place so that it means the same from any working directory.

    Args:
        source: A folder or an address, without "shards:".
    """
    return source if "://" in source else str(Path(os.path.expanduser(source)).absolute())


def window_of(source: str | None, window: int | None) -> int | None:
    """Gives how many shards are read at a time: what was asked for, or all of a folder and a few of an address.

    Args:
        source: As a user names data.
        window: What was asked for, or None to choose.

    Returns:
        0 for all; None where the data are not packed and nothing was asked for.
    """
    if window is not None or source is None or not source.startswith(PREFIX):
        return window
    return _REMOTE_WINDOW if is_address(source) else 0


def is_address(source: str) -> bool:
    """Says whether data are named that come over a network.

    Args:
        source: As a user names data.
    """
    protocol, colon, _ = source.removeprefix(PREFIX).partition("://")
    return source.startswith(PREFIX) and bool(colon) and protocol not in _OF_THE_MACHINE
