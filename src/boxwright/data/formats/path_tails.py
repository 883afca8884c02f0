"""Paths that were written on another machine, and where they lead here."""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote

from boxwright.errors import DataError

RELATIVE = "write paths relative to the folder of the data"
"""The cure."""

_MOST_MISSES = 20  # files of one folder that are sought before it counts as lost
_DRIVE = re.compile(r"^(?:[A-Za-z]:|file:/*)")
_SAYS_NOTHING = ("images", "jpegimages", "data")


def steps_of(text: str) -> list[str]:
    """Takes a path apart at slashes and backslashes, without drive, `.` and `..`.

    Args:
        text: As it is written.
    """
    steps = re.split(r"[/\\]+", _DRIVE.sub("", text))
    return [step for step in steps if step not in ("", ".", "..")]


def is_of_another_machine(text: str) -> bool:
    """Says whether a path cannot be meant for here: it is absolute, has a drive, or is written with backslashes.

    Args:
        text: As it is written.
    """
    return os.path.isabs(text) or "\\" in text or _DRIVE.match(text) is not None


def tails_of(text: str) -> Iterator[str]:
    """Gives what may be left of a path below another folder, the longest first.

    A last step that says nothing, such as `images` alone, is left out: it could be any folder.

    Args:
        text: As it is written.
    """
    steps = steps_of(text)
    for first in range(len(steps)):
        if first < len(steps) - 1 or steps[-1].lower() not in _SAYS_NOTHING or first == 0:
            yield os.path.join(*steps[first:])


@dataclass
class TailFinder:
    """Finds files by the last steps of their paths; remembers folders, since lists name many files of one.

    Args:
        roots: The folders to look below.
    """

    roots: Sequence[str]
    _folders: dict[str, str] = field(default_factory=dict)
    _misses: dict[str, int] = field(default_factory=dict)

    def __call__(self, text: str) -> str | None:
        """Gives the place of a file here, or None.

        Args:
            text: The path as it is written.
        """
        found = self._find(text)
        return self._find(unquote(text)) if found is None and "%" in text else found  # as in addresses

    def _find(self, text: str) -> str | None:
        steps = steps_of(text)
        if not steps:
            return None
        written = text[: len(text) - len(steps[-1])]
        if written in self._folders:
            place = os.path.join(self._folders[written], steps[-1])
            return place if os.path.isfile(place) else None
        if self._misses.get(written, 0) >= _MOST_MISSES:
            return None
        for first in range(len(steps)):
            for root in self.roots:
                place = os.path.join(root, *steps[first:])
                if os.path.isfile(place):
                    self._folders[written] = os.path.dirname(place)
                    return place
        self._misses[written] = self._misses.get(written, 0) + 1
        return None


def require_distinct(found: Iterable[tuple[str, str]], where: str) -> None:
    """Raises if two paths that were found by their last steps turn out to be one file.

    Args:
        found: Paths as they are written, and the files.
        where: The file that names them.

    Raises:
        DataError: It would be read for both.
    """
    owners: dict[str, str] = {}
    for text, place in found:
        owner = owners.setdefault(place, text)
        if steps_of(owner) != steps_of(text):
            raise DataError(
                f"{where}: {owner!r} and {text!r} are not there, and by their last steps both are {place}. "
                f"{RELATIVE.capitalize()}."
            )
