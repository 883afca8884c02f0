"""The command that trains once more what a search has trained."""

import json
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from boxwright.arguments.asked import load
from boxwright.arguments.kinds import is_text, kinds_of
from boxwright.arguments.plain import plain
from boxwright.settings.training import GROUPS, TrainingSettings

_TABLES = ("system_options", "parts")


def train_command(given: Mapping[str, Any]) -> str:
    """Writes the line for a shell.

    Args:
        given: Names and values of `TrainingSettings`, groups as dictionaries.
    """
    return shlex.join(["boxwright", "train", *_words(given)])


def _words(given: Mapping[str, Any]) -> Iterator[str]:
    kinds = dict(kinds_of(TrainingSettings))
    for name, value in _leaves(plain(given)):
        text = _text(kinds.get(name, Any), value)
        yield from [f"--{name}={text}"] if text.startswith("-") else [f"--{name}", text]


def _leaves(given: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in given.items():
        if name in (*GROUPS, *_TABLES) and isinstance(value, Mapping):
            yield from ((f"{name}.{entry}", each) for entry, each in value.items())
        else:
            yield name, value


def _text(kind: Any, value: Any) -> str:
    """Writes a value so that the parser reads the same."""
    if isinstance(value, str) and (is_text(kind) or load(value) == value):
        return value
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
