"""Names that may be typed in one word, with commas."""

from collections.abc import Sequence


def several_names(value: str | Sequence[str]) -> list[str]:
    """Lists the names of a flag that may be repeated, and whose values may hold several: a,b.

    Args:
        value: One name or several.
    """
    given = [value] if isinstance(value, str) else value
    return [name.strip() for each in given for name in each.split(",") if name.strip()]
