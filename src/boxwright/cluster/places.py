"""Where a file lies: on a disk that is seen under its path, or behind an address that fsspec knows."""

import os
from typing import Any

import fsspec

from boxwright.errors import DataError, MissingExtraError

ADDRESS = "://"


def is_address(place: str) -> bool:
    """Says whether a place is an address such as `s3://bucket/a.jpg`; a file or folder of this name goes before.

    Args:
        place: A path or an address.
    """
    return ADDRESS in place and not os.path.lexists(place)


def open_place(place: str) -> Any:
    """Opens a file for reading.

    Args:
        place: An absolute path, or an address.

    Raises:
        OSError: It is not there, or may not be read.
    """
    if os.path.isabs(place):
        return open(place, "rb")
    return fsspec.open(place, "rb").open()


def file_system_of(address: str) -> tuple[Any, str]:
    """Gives the file system behind an address, and the path in it.

    Args:
        address: Of a file or folder.

    Raises:
        DataError: There is no such kind of address.
        MissingExtraError: What speaks to it is not installed.
    """
    try:
        system, path = fsspec.core.url_to_fs(address)
    except ValueError as error:
        raise DataError(f"{address} is an address of a kind that is not read ({error}). Correct it.") from error
    except ImportError as error:
        raise MissingExtraError(f"{address} cannot be read: {error}. Install that package.") from error
    return system, str(path)
