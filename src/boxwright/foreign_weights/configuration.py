"""What the text of a configuration says of the categories."""

import re

_BEGINS = re.compile(r"\b(?:classes|CLASSES)['\"]?\s*+[=:]\s*+[\[(]\s*+(?=['\"])")
_NAME = re.compile(r"""(?:'([^'\\]{1,500}+)'|"([^"\\]{1,500}+)")\s*+(,?)\s*+""")


def names_in(text: str) -> tuple[str, ...] | None:
    """Finds the names of the categories in a configuration, such as `classes=('cat', 'dog')`.

    Args:
        text: In Python or JSON, as trainings print it.

    Returns:
        By label; or nothing if it has none, or several lists that differ.
    """
    lists = {names for names in (_names_from(text, begins.end()) for begins in _BEGINS.finditer(text)) if names}
    return lists.pop() if len(lists) == 1 else None


def _names_from(text: str, place: int) -> tuple[str, ...] | None:
    """Reads quoted names up to the bracket behind them."""
    names: list[str] = []
    while found := _NAME.match(text, place):
        names.append(found[1] or found[2])
        place = found.end()
        if not found[3]:
            break
    return tuple(names) if text[place : place + 1] in ("]", ")") else None
