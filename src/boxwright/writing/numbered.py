"""Names with a number, where the first choice is taken."""

import os
import unicodedata
from itertools import count
from pathlib import Path


class FreeNames:
    """Gives out names of files, each once, and none that is there: `a.jpg`, then `a-2.jpg`, `a-3.jpg` and so on.

    Names that differ only in capitals, or in how accents are written, count as one, since on many disks they are.
    """

    def __init__(self) -> None:
        self._last: dict[str, int] = {}

    def give(self, path: Path) -> Path:
        """Gives the name itself if it is free, else the first one with a number that is.

        Args:
            path: The name that would be best.
        """
        number = self._last.get(_same(path), 0) + 1
        given = _with(path, number)
        while _same(given) in self._last or os.path.lexists(given):
            number += 1
            given = _with(path, number)
        self._last[_same(path)] = number
        self._last.setdefault(_same(given), 1)
        return given


def new_folder(path: Path) -> Path:
    """Gives the folder itself if it is not there or empty, else `folder-2` and so on; nothing is made.

    Args:
        path: The name that would be best.
    """
    names = (path if number == 1 else path.with_name(f"{path.name}-{number}") for number in count(1))
    return next(name for name in names if not os.path.lexists(name) or _is_empty(name))


def _with(path: Path, number: int) -> Path:
    return path if number == 1 else path.with_name(f"{path.stem}-{number}{path.suffix}")


def _same(path: Path) -> str:
    return unicodedata.normalize("NFC", str(path)).casefold()


def _is_empty(folder: Path) -> bool:
    return folder.is_dir() and next(folder.iterdir(), None) is None
