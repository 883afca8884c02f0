"""Columns of a table on a terminal, where letters of East Asia take two places and accents none."""

import unicodedata


def shown_width(text: str) -> int:
    """Counts the places that a text takes on a terminal.

    Args:
        text: One line.
    """
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in text
    )


def to_left(text: str, width: int) -> str:
    """Fills a cell up with spaces after its text.

    Args:
        text: One line.
        width: Places of the column.
    """
    return text + " " * (width - shown_width(text))


def to_right(text: str, width: int) -> str:
    """Fills a cell up with spaces before its text.

    Args:
        text: One line.
        width: Places of the column.
    """
    return " " * (width - shown_width(text)) + text
