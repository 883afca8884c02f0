"""Class names of a data.yaml."""

import re
from pathlib import Path
from typing import Any

from boxwright.errors import DataError, counted

_NUMBER = re.compile(r"0|[1-9][0-9]{0,8}")


def class_names(content: dict[Any, Any], path: Path) -> dict[int, str]:
    """Gives the class names by number; a list is numbered from 0.

    Args:
        content: The file as text, of `read_yaml`.
        path: The file, for messages.

    Raises:
        DataError: There are no names, or some are missing, no text or come twice, or `nc` says another number.
    """
    given = content["names"]
    named = dict(enumerate(given)) if isinstance(given, list) else _by_number(given)
    if not named:
        raise DataError(
            f"{path}: names must be a list, or a mapping from numbers to names; found {str(given)[:200]!r}. "
            "Write them as names: [first, second]."
        )
    names: dict[int, str] = {}
    numbers: dict[str, int] = {}
    for number, name in named.items():
        if not isinstance(name, str) or not name.strip():
            found = "nothing (empty, null or ~)" if name is None or name == "" else repr(name)[:200]
            raise DataError(
                f"{path}: the name of class {number} must be text; found {found}. Write one, null in quotes."
            )
        if numbers.setdefault(name, number) != number:
            raise DataError(
                f"{path}: the class names {[name]} come more than once, as {numbers[name]} and as {number}. "
                "Give every class its own."
            )
        names[number] = name
    _check_count(content.get("nc"), len(names), path)
    return names


def _by_number(given: Any) -> dict[int, Any]:
    if not isinstance(given, dict) or not all(isinstance(key, str) and _NUMBER.fullmatch(key) for key in given):
        return {}
    return {int(key): name for key, name in given.items()}


def _check_count(stated: Any, count: int, path: Path) -> None:
    if stated is None or str(stated).strip() == str(count):
        return
    if not isinstance(stated, str) or not _NUMBER.fullmatch(stated.strip()):
        raise DataError(
            f"{path}: nc is {str(stated)[:200]!r}, which is no whole number. Write nc: {count}, or leave it out."
        )
    raise DataError(f"{path}: nc is {stated}, but names has {counted(count, 'entry', 'entries')}. Correct one of them.")
