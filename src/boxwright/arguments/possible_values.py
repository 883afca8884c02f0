"""Values that no setting can have: an empty name, a number that no machine counts to, nan and inf."""

import math
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from boxwright.errors import ConfigError

LARGEST = 2**62
"""So that it and its double fit in 64 bits, as arrays count."""

MOST_WORKERS = 512
"""More processes than this only use up the memory."""

MAY_BE_EMPTY = ("title", "freeze", "save", "logger")
"""Settings that are no name of anything that has to be there."""


def require_possible(values: Mapping[str, Any], names: Collection[str]) -> None:
    """Refuses an empty name or path, which would stand for the present folder, and numbers that nothing can do with.

    Args:
        values: By setting.
        names: Those that are names or paths.

    Raises:
        ConfigError: There is one.
    """
    for setting, value in values.items():
        for name, each in _single(setting, value):
            if isinstance(each, int) and abs(each) > LARGEST:
                raise ConfigError(f"{name} is {each}, more than can be counted. Give a smaller number.")
            if isinstance(each, float) and not math.isfinite(each):
                raise ConfigError(f"{name} is {each}. Give a finite number.")
            if each == "" and name in names and name not in MAY_BE_EMPTY:
                raise ConfigError(
                    f"{name} is empty. Give a name, or leave it out; in a script, look whether a variable is not set."
                )


def require_workers(count: int) -> int:
    """Gives a number of loading processes or threads, if it is one.

    Args:
        count: As it was asked for.

    Raises:
        ConfigError: It is negative, or more than any machine can run.
    """
    if not 0 <= count <= MOST_WORKERS:
        raise ConfigError(f"workers must be from 0 to {MOST_WORKERS}; found {count}.")
    return count


def _single(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _single(f"{name}.{key}", each)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _single(name, each)
    else:
        yield name, value
