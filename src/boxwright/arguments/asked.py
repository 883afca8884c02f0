"""A value that somebody gave to a setting, and what is wrong with it."""

import types
from argparse import ArgumentError
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from jsonargparse import ArgumentParser

from boxwright.arguments.kinds import choices, is_text, members, takes_texts, typed_text, wanted
from boxwright.arguments.usage_error import UsageError


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

    def fits(self, mode: str) -> bool:
        """Asks the parser whether the value is one of the type.

        Args:
            mode: In which it reads values.
        """
        if self.value is None:
            return types.NoneType in members(self.kind) or self.kind is Any
        alone = ArgumentParser(exit_on_error=False, parser_mode=mode)
        alone.add_argument("--value", type=self.kind)
        try:
            alone.parse_object({"value": self.value})
        except ArgumentError:
            return False
        return True

    def misfit(self) -> UsageError:
        """Builds the error for a value of another type."""
        found, words = repr(str(self.value)), choices(self.kind)
        if not words:
            return UsageError(f"{self.where}{self.name} must be {wanted(self.kind)}; found {found}.")
        near = get_close_matches(str(self.value), words, n=1)
        hint = f"Did you mean {near[0]!r}? " if near else ""
        hint = "It is a word: put it in quotes. " if str(self.value) in words else hint
        return UsageError(f"{self.where}{self.name} cannot be {found}. {hint}Valid: {', '.join(words)}.")
