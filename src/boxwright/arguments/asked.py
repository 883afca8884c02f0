"""A value that somebody gave to a setting, and what is wrong with it."""

import types
from argparse import ArgumentError
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Literal, get_origin

import yaml
from jsonargparse import ArgumentParser, get_loader, set_loader

from boxwright.arguments.kinds import choices, is_text, members, takes, takes_texts, typed_text, wanted
from boxwright.arguments.plain import plain
from boxwright.arguments.usage_error import UsageError

MODE = "settings"


def load(text: str) -> Any:
    """Reads YAML; what is none, or nothing to YAML and not null, such as ~ and #a, may be a name.

    Args:
        text: A value, or settings in braces.
    """
    try:
        value = plain(get_loader("yaml")(text))
    except (yaml.YAMLError, TypeError, ValueError, RecursionError):  # also 5000 digits, and what holds itself
        return text
    return text if value is None and text != "null" else value


set_loader(MODE, load)


@dataclass(frozen=True, slots=True)
class Asked:
    """A setting that was given.

    Args:
        name: With its group before a dot.
        kind: Its type.
        value: As typed, or as a file or Python gives it.
        where: The file, for errors; empty if it was none.
        is_typed: Whether it is the text of a flag.
    """

    name: str
    kind: Any
    value: Any
    where: str = ""
    is_typed: bool = False

    @property
    def text(self) -> Any:
        """The name or the path, or a list of them, as it is written; ... if the setting is none of these."""
        if self.is_typed:
            return typed_text(self.kind, self.value)
        return self.value if is_text(self.kind) or (takes_texts(self.kind) and isinstance(self.value, list)) else ...

    @property
    def entries(self) -> dict[str, Any]:
        """The dictionary that it is; empty if it is none."""
        if not takes(self.kind, dict, Mapping):
            return {}
        value = load(self.value) if isinstance(self.value, str) else self.value
        return dict(value) if isinstance(value, Mapping) else {}

    @property
    def is_ours(self) -> bool:
        """Whether it is a dictionary or an entry of one: the library would import the classes that are named there."""
        return self.kind is Any or bool(self.entries)

    def fits(self) -> bool:
        """Asks the parser whether the value is one of the type."""
        if self.is_ours:
            return True
        if self.value is None:
            return types.NoneType in members(self.kind)
        alone = ArgumentParser(exit_on_error=False, parser_mode=MODE)
        alone.add_argument("--value", type=self.kind)
        try:
            alone.parse_object({"value": self.value})
        except ArgumentError:
            return False
        return True

    def misfit(self) -> UsageError:
        """Builds the error for a value of another type."""
        found, words = repr(str(self.value)), choices(self.kind)
        near = get_close_matches(str(self.value), words, n=1)
        hint = f"Did you mean {near[0]!r}? " if near else ""
        if any(each is not types.NoneType and get_origin(each) is not Literal for each in members(self.kind)):
            said = f"{self.where}{self.name} must be {wanted(self.kind)}; found {found}. {hint}"
            return UsageError(said.strip())
        hint = "It is a word: put it in quotes. " if str(self.value) in words else hint
        return UsageError(f"{self.where}{self.name} cannot be {found}. {hint}Valid: {', '.join(words)}.")
