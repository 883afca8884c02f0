"""Names with a number, where the first choice is taken."""

import os
from collections.abc import Callable
from itertools import count
from pathlib import Path


def first_free(path: Path, is_taken: Callable[[Path], bool] = os.path.lexists) -> Path:
    """Gives `name.jpg`, else `name-2.jpg`, `name-3.jpg` and so on: the first that is free.

    Args:
        path: The name that would be best.
        is_taken: Says whether a name cannot be had; by default, whether anything is there.
    """
    if not is_taken(path):
        return path
    names = (path.with_name(f"{path.stem}-{number}{path.suffix}") for number in count(2))
    return next(name for name in names if not is_taken(name))


def new_folder(path: Path) -> Path:
    """Gives the folder itself if it is not there or empty, else `folder-2` and so on; nothing is made.

    Args:
        path: The name that would be best.
    """
    names = (path if number == 1 else path.with_name(f"{path.name}-{number}") for number in count(1))
    return next(name for name in names if not os.path.lexists(name) or _is_empty(name))


def _is_empty(folder: Path) -> bool:
    return folder.is_dir() and next(folder.iterdir(), None) is None
