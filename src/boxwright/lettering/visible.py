"""Texts of strangers, made fit to be shown."""

import re

# Control characters; separators of lines; marks that turn the direction of what follows; halves of a character, which
# stand for bytes of a file name that are not UTF-8.
_UNSEEN = "\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff"
_IN_NAMES = re.compile(f"[{_UNSEEN}]")
_IN_TEXTS = re.compile(f"[{_UNSEEN}]".replace("\x00-\x1f", "\x00-\x08\x0b-\x1f"))


def visible(name: str) -> str:
    r"""Writes what cannot be seen in a name as escapes, `\n` or `\x1b`, so that it stays on its line.

    Args:
        name: Of a class or file.
    """
    return _IN_NAMES.sub(_escape, name)


def visible_lines(text: str) -> str:
    """Does the same with a text of several lines, which keeps its lines and tabs.

    Args:
        text: Such as the message of an error.
    """
    return _IN_TEXTS.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode("ascii")
