"""The words of a command line, taken apart: names, values, places."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from boxwright.arguments.kinds import takes_names, takes_several
from boxwright.arguments.setting import Setting
from boxwright.arguments.unknown_setting import stray_word, unknown_setting
from boxwright.arguments.usage_error import UsageError

_NUMBER = re.compile(r"-[\d.]")


@dataclass(frozen=True, slots=True)
class TypedFlag:
    """A setting that was typed.

    Args:
        name: With its group.
        text: Its value.
        is_repeated: Whether it was typed before, and this is one value more.
    """

    name: str
    text: str
    is_repeated: bool = False


@dataclass
class TypedWords:
    """A command line.

    Args:
        flags: What was set, in order.
        files: Those of --config.
        asks_for_help: Whether there was --help.
        asks_for_configuration: Whether there was --print_config.
    """

    flags: list[TypedFlag] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    asks_for_help: bool = False
    asks_for_configuration: bool = False


class CommandWords:
    """Takes command lines apart.

    --on-bad stands for --on_bad, --masks for --masks=true; what takes several values may be repeated.

    Args:
        settings: By name.
        groups: Names of groups.
    """

    def __init__(self, settings: Mapping[str, Setting], groups: Collection[str]) -> None:
        self._settings, self._groups = settings, groups

    def read(self, words: Sequence[str]) -> TypedWords:
        """Takes a command line apart.

        Args:
            words: As typed.

        Raises:
            UsageError: A name is unknown, a value is lacking, or two contradict each other.
        """
        found, rest = TypedWords(), list(words)
        places = [name for name, setting in self._settings.items() if setting.is_place]
        while rest:
            word = rest.pop(0)
            if word in ("-h", "--help"):
                return TypedWords(asks_for_help=True)
            if word == "--print_config" or word == "--print-config":
                found.asks_for_configuration = True
            elif word.startswith("--"):
                self._take(word, rest, found)
            elif word.startswith("-") and len(word) > 1:
                raise stray_word(word, self._settings)
            else:
                open_places = [name for name in places if all(flag.name != name for flag in found.flags)]
                if not open_places:
                    raise stray_word(word, self._settings)
                found.flags.append(TypedFlag(open_places[0], word))
        return found

    def _take(self, word: str, rest: list[str], found: TypedWords) -> None:
        name, equals, joined = word[2:].partition("=")
        name = name.replace("-", "_")
        kind = self._kind(name)
        if equals:
            text = joined
        elif kind is bool and (not rest or rest[0].lower() not in ("true", "false")):
            text = "true"
        elif not rest or (rest[0].startswith("-") and len(rest[0]) > 1 and not _NUMBER.match(rest[0])):
            raise UsageError(f"--{name} needs a value. One that begins with a hyphen is joined to it: --{name}=-1.")
        else:
            text = rest.pop(0)
        if name == "config":
            found.files.append(text)
            return
        before = [flag.text for flag in found.flags if flag.name == name]
        if text in before:
            return
        if before and not takes_several(kind):
            raise UsageError(f"{name} is given twice: {before[0]!r} and {text!r}. Keep one.")
        found.flags.append(TypedFlag(name, text, is_repeated=bool(before)))

    def _kind(self, name: str) -> Any:
        """Gives the type of a setting; None for what has one only in a dictionary, or is a group."""
        if name in self._settings:
            return self._settings[name].kind
        outer = name.partition(".")[0]
        is_entry = "." in name and outer in self._settings and takes_names(self._settings[outer].kind)
        if name == "config" or name in self._groups or is_entry:
            return None
        raise unknown_setting(name, self._settings)
