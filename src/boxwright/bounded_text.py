"""Messages that stay short, however large the data is that they speak of."""

from collections.abc import Collection
from itertools import islice

LONGEST_MESSAGE = 20_000
"""Characters of an error as a whole."""

MOST_NAMES = 40
"""How many things a sentence lists."""

LONGEST_NAME = 200
"""Characters of one of them."""

_CUT = " … ({:,} characters left out) … "


def bounded(text: str, most: int = LONGEST_MESSAGE) -> str:
    """Cuts the middle out of a text that is too long, since it begins with what is wrong and ends with the cure.

    Args:
        text: Any.
        most: How many characters may stay, not counting the remark in the middle.
    """
    if len(text) <= most:
        return text
    end = most // 4
    return f"{text[: most - end]}{_CUT.format(len(text) - most)}{text[len(text) - end :]}"


def listed(values: Collection[object], most: int = MOST_NAMES) -> str:
    """Writes values one after the other, and how many more there are.

    Args:
        values: What to list.
        most: After how many to stop.
    """
    shown = ", ".join(bounded(str(value), LONGEST_NAME) for value in islice(values, most))
    return f"{shown}, … and {len(values) - most:,} more" if len(values) > most else shown


def listed_lines(lines: Collection[object], most: int) -> str:
    """Writes one thing per line, and how many more there are.

    Args:
        lines: What to list.
        most: After how many to stop.
    """
    shown = [f"  - {line}" for line in islice(lines, most)]
    more = [f"  … and {len(lines) - most:,} more"] if len(lines) > most else []
    return "\n".join([*shown, *more])
