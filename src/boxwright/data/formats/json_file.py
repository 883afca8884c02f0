"""Reading JSON files that come with data, and telling their kind from their beginning."""

import gc
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from boxwright.data.formats.file_kind import looks_like
from boxwright.errors import DataError

_HEAD = 2**18  # bytes that tell the kind of a file
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|[{}\[\]:,]|[^\s{}\[\]:,"]+', re.DOTALL)
_DEEPEST = 2


@dataclass(frozen=True, slots=True)
class JsonOutline:
    """What the beginning of a JSON file says about the whole.

    Args:
        opening: "{" or "[" for JSON, nothing for another file.
        keys: The keys of the outermost object, with the first character of the value of each.
        inner: The keys of the first object in it, likewise; in a list those of its first entry.
    """

    opening: str
    keys: dict[str, str]
    inner: dict[str, str]


def json_outline(path: Path) -> JsonOutline:
    """Looks at the beginning of a file, which costs the same for a small and for a large one.

    Args:
        path: Any file.
    """
    try:
        with open(path, "rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return JsonOutline("", {}, {})
    text = head.decode(json.detect_encoding(head), errors="replace").lstrip()
    found: tuple[dict[str, str], dict[str, str]] = ({}, {})
    if text[:1] not in ("{", "["):
        return JsonOutline("", *found)
    for depth, key, opening in _keys(text):
        found[depth - 1].setdefault(key, opening)
    return JsonOutline(text[0], *found)


def _keys(text: str) -> Iterator[tuple[int, str, str]]:
    """Gives the keys of the outermost object and of the first one in it: how deep, the key, how its value begins."""
    depth, inner_is_done, previous, key = 0, False, "", None
    for match in _TOKEN.finditer(text):
        token = match[0]
        if key is not None:
            yield depth, key, token[0]
            key = None
        if token in "{[":
            depth += 1
        elif token in "}]":
            inner_is_done = inner_is_done or (depth == _DEEPEST and token == "}")
            depth -= 1
            if depth == 0:
                return
        elif token == ":" and previous[:1] == '"' and (depth == 1 or (depth == _DEEPEST and not inner_is_done)):
            key = previous[1:-1]
        previous = token


def read_json(path: Path) -> Any:
    """Parses a JSON file.

    Args:
        path: The file.

    Raises:
        DataError: The file cannot be opened, is not JSON, or is nested too deeply.
    """
    try:
        return parse_json(path.read_bytes())
    except OSError as error:
        raise DataError(f"{path}: the annotation file cannot be opened ({error.strerror}). Check the path.") from error
    except (ValueError, RecursionError) as error:  # also numbers of thousands of digits
        kind = looks_like(path.read_bytes()[:200])
        seen = "" if kind in (None, "JSON") else f"; it looks like {kind}"
        raise DataError(f"{path} is not readable as JSON: {error}{seen}. Export the annotations again.") from error


def parse_json(content: bytes) -> Any:
    """Parses with the garbage collector at rest: it would look through millions of new objects again and again.

    Args:
        content: Of a file.
    """
    text = content.decode(json.detect_encoding(content), "surrogatepass")
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        return json.loads(text)
    finally:
        if was_enabled:
            gc.enable()
