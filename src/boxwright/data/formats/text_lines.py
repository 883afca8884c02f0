"""Text files with one name per line."""

import codecs
from pathlib import Path

from boxwright.errors import DataError


def file_names_in(listing: Path) -> list[str]:
    """Reads the lines of a list of files; names need not be UTF-8, as the names of files need not be.

    Args:
        listing: The file.

    Raises:
        DataError: It cannot be opened, or is no text.
    """
    return _lines(_content(listing).decode("utf-8", "surrogateescape"))


def class_names_in(listing: Path) -> list[str]:
    """Reads the lines of a list of classes.

    Args:
        listing: The file.

    Raises:
        DataError: It cannot be opened, or is not UTF-8.
    """
    try:
        return _lines(_content(listing).decode("utf-8"))
    except UnicodeDecodeError as error:
        raise DataError(f"{listing}: the class names are not UTF-8 ({error}). Save the file as UTF-8.") from error


def _content(listing: Path) -> bytes:
    try:
        content = listing.read_bytes().removeprefix(codecs.BOM_UTF8)
    except OSError as error:
        raise DataError(f"{listing}: the list cannot be opened ({error.strerror}). Check the path.") from error
    if b"\0" in content:
        raise DataError(f"{listing} cannot be read as a list: it is no text, or UTF-16. Write one per line, as UTF-8.")
    return content


def _lines(text: str) -> list[str]:
    """Cuts at the ends of lines alone; names may hold other signs that Python takes for such."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
