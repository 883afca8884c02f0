"""Telling kinds of XML files apart by their beginning."""

import re
from pathlib import Path

_HEAD = 2**14  # bytes that tell the kind of a file
_BEFORE_THE_ROOT = re.compile(r"\s*(?:<\?.*?\?>|<!--.*?-->|<![^<]*>)", re.DOTALL)
_ROOT = re.compile(r"\s*<([A-Za-z_][\w.:-]*)")


def xml_file(folder: Path, name: str) -> Path:
    """Gives the XML file of a name; its suffix may be in capitals, as programs for Windows write it.

    Args:
        folder: Where it lies.
        name: Without suffix.
    """
    usual, capital = folder / f"{name}.xml", folder / f"{name}.XML"
    return capital if not usual.is_file() and capital.is_file() else usual


def root_tag(path: Path) -> str:
    """Gives the name of the outermost element of an XML file, or nothing if its beginning does not tell.

    Args:
        path: Any file.
    """
    try:
        with open(path, "rb") as file:
            text = file.read(_HEAD).decode("utf-8-sig", errors="replace")
    except OSError:
        return ""
    place = 0
    while (match := _BEFORE_THE_ROOT.match(text, place)) is not None:
        place = match.end()
    found = _ROOT.match(text, place)
    return "" if found is None else found[1]
