"""The values of the card in a model file of before: a pickle can hold lists in themselves, and lists without end."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from boxwright.errors import DataError

MOST_VALUES = 200_000
DEEPEST = 50


def plain_card(content: Mapping[Any, Any], path: Path) -> dict[str, Any]:
    """Gives the card in what a file holds beside its weights.

    Args:
        content: Of the file.
        path: Of the file, for errors.

    Raises:
        DataError: It is deeper or larger than a card, or holds what is no plain value.
    """
    card = {str(key): value for key, value in content.items() if key != "weights" and isinstance(key, str)}
    waiting: list[tuple[Any, int]] = [(card, 0)]
    count = 0
    while waiting:
        value, depth = waiting.pop()
        count += 1
        if count > MOST_VALUES or depth > DEEPEST:
            raise DataError(f"{path}: the card in it has no end. Do not trust the file.")
        waiting += ((inner, depth + 1) for inner in _inner(value, path))
    return card


def _inner(value: Any, path: Path) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from value.values()
        yield from value
    elif isinstance(value, (list, tuple)):
        yield from value
    elif value is not None and not isinstance(value, (str, int, float)):
        raise DataError(
            f"{path}: the card in it holds a {type(value).__name__}, no plain value. Do not trust the file."
        )
