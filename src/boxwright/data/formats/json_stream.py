"""Reading a large JSON object without holding its text, or the entries of its long lists, in memory."""

import codecs
import gc
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

_AT_ONCE = 2**22  # bytes of the file
_ENTRIES = 4096  # that are handed over together; fewer, where they are long
_SPACE = re.compile(r"[ \t\n\r]*")
_NEXT = re.compile(r"[ \t\n\r]*([,\]}])[ \t\n\r]*")
_AFTER_KEY = re.compile(r"[ \t\n\r]*:[ \t\n\r]*")
_DECODER = json.JSONDecoder()

Taker = Callable[[list[Any]], None]
"""Takes some entries of a list, in their order."""


def stream_json(path: Path, takers: Mapping[str, Taker]) -> dict[str, Any] | None:
    """Parses a file whose outermost value is an object.

    Args:
        path: The file.
        takers: For some of its keys, what takes the entries of the list beneath; these are not in the result.

    Returns:
        All other keys with their values, and those of the takers with an empty list. None if the file is no such
        object, is damaged, or has a key twice: then another reader has to say so.

    Raises:
        OSError: The file cannot be read.
    """
    try:
        with path.open("rb") as file, _without_collection():
            return _Stream(file).document(takers)
    except (ValueError, RecursionError, StopIteration):
        return None


@contextmanager
def _without_collection() -> Iterator[None]:
    """Lets the garbage collector rest: it would look through millions of new objects again and again."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


class _Stream:
    """A part of the text, and the place in it where parsing goes on."""

    def __init__(self, file: BinaryIO) -> None:
        start = file.read(_AT_ONCE)
        self._file, self._decoder = file, codecs.getincrementaldecoder(json.detect_encoding(start))("surrogatepass")
        self._text, self._at, self._is_whole = self._decoder.decode(start), 0, not start
        self._dropped = 0

    def document(self, takers: Mapping[str, Taker]) -> dict[str, Any]:
        self._match(_SPACE)
        self._expect("{")
        found: dict[str, Any] = {}
        self._match(_SPACE)
        while True:
            key = self._value()
            if not isinstance(key, str) or key in found:
                raise ValueError(key)
            self._match(_AFTER_KEY)
            if key in takers:
                self._entries(takers[key])
                found[key] = []
            else:
                found[key] = self._value()
            if self._match(_NEXT)[1] == "}":
                break
        self._match(_SPACE)
        if self._at < len(self._text) or self._more():
            raise ValueError("something follows the object")
        return found

    def _entries(self, take: Taker) -> None:
        self._expect("[")
        self._match(_SPACE)
        if self._text[self._at : self._at + 1] == "]":
            self._at += 1
            return
        entries, begin = list[Any](), self._passed
        while True:
            entries.append(self._value())
            if len(entries) == _ENTRIES or self._passed - begin > _AT_ONCE:
                take(entries)
                entries, begin = [], self._passed
            sign = self._match(_NEXT)[1]
            if sign == "]":
                break
            if sign != ",":
                raise ValueError(sign)
        take(entries)

    def _value(self) -> Any:
        """Parses a value; where the text ends too early, more of it is read."""
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except ValueError:
                if not self._more():
                    raise
                continue
            if end < len(self._text) or not self._more():  # a number may go on
                self._at = end
                return value

    def _match(self, pattern: re.Pattern[str]) -> re.Match[str]:
        """Passes what a pattern fits; where the text ends with it, more is read first."""
        while True:
            found = pattern.match(self._text, self._at)
            if found is not None and found.end() < len(self._text):
                self._at = found.end()
                return found
            if not self._more():
                if found is None:
                    raise ValueError("the text ends")
                self._at = found.end()
                return found

    def _expect(self, sign: str) -> None:
        if self._text[self._at : self._at + 1] != sign:
            raise ValueError(sign)
        self._at += 1

    @property
    def _passed(self) -> int:
        """Characters of the file that are parsed."""
        return self._dropped + self._at

    def _more(self) -> bool:
        """Reads as much again as is waiting, and drops what is parsed; False at the end of the file."""
        if self._is_whole:
            return False
        rest, self._dropped = self._text[self._at :], self._passed
        block = self._file.read(max(_AT_ONCE, len(rest)))
        self._is_whole = not block
        self._text, self._at = rest + self._decoder.decode(block, final=self._is_whole), 0
        return True
