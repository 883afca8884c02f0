"""The errors that boxwright raises on purpose.

Every message says what is wrong with which thing, what was found, and what to do about it.
"""

from collections.abc import Iterable
from difflib import get_close_matches

from boxwright.bounded_text import LONGEST_NAME, bounded, listed


class BoxwrightError(Exception):
    """The parent of every error raised on purpose; a message that grew with the data is cut in the middle."""

    def __init__(self, *values: object) -> None:
        super().__init__(*(bounded(value) if isinstance(value, str) else value for value in values))


class DataError(BoxwrightError, ValueError):
    """An image, an annotation or a data set is not usable."""


class ConfigError(BoxwrightError, ValueError):
    """A setting is unknown or impossible."""


class ShapeError(BoxwrightError, ValueError):
    """A tensor has a shape, a type or a range that the value does not allow."""


class MissingExtraError(BoxwrightError, ImportError):
    """An optional dependency is needed and not installed."""


class ExportError(BoxwrightError, RuntimeError):
    """A model cannot be exported, or the exported file finds something else."""


class TrainingError(BoxwrightError, RuntimeError):
    """Training cannot go on, for instance after a loss that is not finite."""


class Terminated(KeyboardInterrupt):
    """A command was ended by SIGTERM, as schedulers and containers do it; like Ctrl-C not an Exception."""


def unknown_name(kind: str, name: object, known: Iterable[str]) -> ConfigError:
    """Builds the error for a name that is not in a table, with the nearest valid one.

    Args:
        kind: What the name stands for, for instance "system".
        name: The name that was given.
        known: The valid names.
    """
    valid, text = sorted(known), str(name)  # in Python a number may be given for a name
    same = [each for each in valid if each.casefold() == text.casefold()]
    near = same or get_close_matches(text, valid, n=1)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    return ConfigError(f"Unknown {kind} {bounded(repr(name), LONGEST_NAME)}. {hint}Valid: {listed(valid)}.")


def counted(number: int, one: str, more: str | None = None) -> str:
    """Says how many: "1 image", "2,000 images".

    Args:
        number: How many.
        one: The word for one.
        more: The word for several, if it is not the first with an s.
    """
    return f"{number:,} {one if number == 1 else more or one + 's'}"
