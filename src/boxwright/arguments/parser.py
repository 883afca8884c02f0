"""Reading settings by name, with errors that name the nearest right name or value."""

import re
import sys
from collections.abc import Collection, Iterable
from difflib import get_close_matches
from typing import Any, NoReturn

from jsonargparse import ArgumentParser

from boxwright.arguments.possible_values import require_possible
from boxwright.arguments.text_settings import is_text, quoted_config, typed_text
from boxwright.errors import ConfigError

_NO_SETTINGS = ("help", "config", "print_config", "print_shtab")
_CHOICES = re.compile(r"Literal\[(?P<choices>[^\]]*)\]")
_QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_VALUE = re.compile(r"value: (?P<value>[^\n]+?)\s*$")
_SUBTYPES = re.compile(r"Subtypes: \[(?P<kinds>.+)\]$", re.MULTILINE)
_KIND_OF_UNION = re.compile(r"<class '([\w.]+)'>|(?:[\w.]+\.)?(\w+)(?:\[([^\]]*)\])?")
_KIND = re.compile(r"Expected an? <class '(\w+)'>")
_GROUP = re.compile(r"Parser key \"(?P<name>\w+)\":\s+Unable to load config '(?P<value>[^']*)'")
_STRAY = re.compile(r"unrecognized arguments: (?P<word>(?!--)\S+)", re.IGNORECASE)
_BARE = re.compile(r"argument (?P<flag>--[\w.]+)\S*: expected one argument")
_MISSING = re.compile(r"arguments are required: (?P<names>.+)$", re.MULTILINE)
_KEY = re.compile(r'[Kk]ey "(?P<key>[\w.]+)"')


class UsageError(ConfigError):
    """A setting has an unknown name or an impossible value."""


class SettingsParser(ArgumentParser):
    """Reads flags, configuration files and dictionaries; raises `UsageError` in place of ending the process."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        # a flag that is cut short would be taken for another one
        super().__init__(*arguments, **{"allow_abbrev": False} | options)

    def parse_args(self, args: Any = None, *arguments: Any, **options: Any) -> Any:
        """Reads flags and configuration files; names and paths stay as they are written, whatever YAML sees in them.

        Raises:
            UsageError: A setting is wrong, or a file is not UTF-8.
        """
        try:
            return self._parsed(sys.argv[1:] if args is None else args, *arguments, **options)
        except UnicodeDecodeError as error:
            raise UsageError(f"The file of --config is not UTF-8 ({error}). Save it as UTF-8.") from error

    def _parsed(self, args: Iterable[str], *arguments: Any, **options: Any) -> Any:
        names = self._text_names()
        words: list[str] = []
        meant: dict[str, Any] = {}
        for word in args:
            is_joined = word.startswith("--config=")
            if is_joined or (words and words[-1] == "--config"):
                content, texts = quoted_config(word.removeprefix("--config=") if is_joined else word, names)
                word, meant = f"--config={content}" if is_joined else content, meant | texts
            words.append(word)
        found = _with_text(super().parse_args(words, *arguments, **options), meant | typed_text(words, names))
        self._require_possible(found, names)
        return found

    def parse_object(self, cfg_obj: Any, *arguments: Any, **options: Any) -> Any:
        """Reads settings from names and values, with names and paths as they are."""
        names = self._text_names()
        meant = {name: value for name, value in cfg_obj.items() if name in names and isinstance(value, str)}
        found = _with_text(super().parse_object(cfg_obj, *arguments, **options), meant)
        self._require_possible(found, names)
        return found

    def _require_possible(self, found: Any, names: set[str]) -> None:
        values = found.as_dict()
        for group in {name.partition(".")[0] for name in known_names(self) if "." in name}:
            if not isinstance(values.get(group, {}), dict):
                raise UsageError(_no_group(group, values[group], known_names(self)))
        require_possible(values, names)

    def _text_names(self) -> set[str]:
        return {action.dest for action in self._actions if is_text(getattr(action, "_typehint", action.type))}

    def error(self, message: str, ex: Exception | None = None) -> NoReturn:
        """Raises the error, with the cure."""
        del ex
        places = [action.dest for action in self._actions if not action.option_strings]
        raise UsageError(explain(message.removeprefix('Parser key "config": '), known_names(self), places))


def _with_text(found: Any, meant: dict[str, str]) -> Any:
    """Puts back the names that YAML reads as nothing, such as ~ and #a."""
    for name, text in meant.items():
        if found.get(name, text) is None:
            found[name] = text
    return found


def known_names(parser: Any) -> list[str]:
    """Lists the settings that a parser knows, groups dotted.

    Args:
        parser: A jsonargparse parser.
    """
    return [action.dest for action in parser._actions if action.dest not in _NO_SETTINGS]


def explain(message: str, known: Iterable[str], places: Collection[str] = ()) -> str:
    """Rewrites what the parser found wrong so that it names the nearest right thing.

    Args:
        message: Of jsonargparse or argparse.
        known: The settings that exist.
        places: Those that are typed without a name.
    """
    names = list(known)
    choices = _CHOICES.search(message)
    value = _VALUE.search(message)
    if choices and value:
        return _wrong_value(message, choices["choices"], value["value"])
    number = _GROUP.search(message)
    if number and any(name.startswith(f"{number['name']}.") for name in names):
        return _no_group(number["name"], number["value"], names)
    bare = _BARE.search(message)
    if bare:
        flag = bare["flag"]
        return f"{flag} needs a value. One that begins with a hyphen is joined to it: {flag}=-1."
    stray = _STRAY.search(message)
    meant = _stray_word(stray["word"], names) if stray else None
    if meant:
        return meant
    for asked in _asked_names(message):
        near = _nearest(asked, names)
        if near:
            return f"There is no setting {asked!r}. Did you mean {near!r}?"
        group = asked.rpartition(".")[0]
        valid = [name for name in names if name.rpartition(".")[0] == group] or [
            name for name in names if "." not in name
        ]
        return f"There is no setting {asked!r}. Valid: {', '.join(valid)}."
    missing = _MISSING.search(message)
    if missing:
        lacking = missing["names"].split(", ")
        typed = ", ".join(name.upper() if name in places else f"--{name} …" for name in lacking)
        return f"{', '.join(lacking)} must be given. Type {typed}, or put it into --config."
    return _wrong_type(message)


def _stray_word(word: str, names: Collection[str]) -> str | None:
    """Says what may be meant by a word where a flag should be; None for a short flag that nothing resembles."""
    flag = word.lstrip("-")
    if flag.partition("=")[0].replace("-", "_") in names:
        return f"{word!r} is no setting: two hyphens are missing. Write --{flag}."
    if word.startswith("-"):
        return None
    return (
        f"{word!r} belongs to no setting: a setting has a name and one value. Put a pattern such as "
        '"photos/*.jpg" in quotes, and several values in brackets without spaces: [64,96].'
    )


def _no_group(group: str, value: object, names: Iterable[str]) -> str:
    first = next(name for name in names if name.startswith(f"{group}."))
    return f"{group} is a group of settings; found {str(value)!r}. Give each by its name, for instance {first}."


def _wrong_value(message: str, choices: str, value: str) -> str:
    valid = [single or double for single, double in _QUOTED.findall(choices)] or choices.split(", ")
    near = get_close_matches(value, valid, n=1)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    hint = "It is a word: put it in quotes. " if value in valid else hint
    key = _KEY.search(message)
    return f"{key['key'] if key else 'A setting'} cannot be {value!r}. {hint}Valid: {', '.join(valid)}."


def _wrong_type(message: str) -> str:
    key, value = _KEY.search(message), _VALUE.search(message)
    subtypes = _SUBTYPES.search(message)
    kinds = _kinds_of_union(subtypes["kinds"]) if subtypes else list(dict.fromkeys(_KIND.findall(message)))
    if not (key and value and kinds):
        return message
    wanted = " or ".join("null" if kind == "NoneType" else kind for kind in kinds)
    return f"{key['key']} must be {wanted}; found {value['value']!r}."


def _kinds_of_union(text: str) -> list[str]:
    """Names the types of a union as one types their values: of tuple[int, int], [int,int]."""
    kinds = []
    for plain, several, inner in _KIND_OF_UNION.findall(text):
        if several in ("tuple", "list", "Sequence"):
            kinds.append(f"[{inner.replace(' ', '')}{'' if several == 'tuple' else ',…'}]")
        else:
            kinds.append(plain or several)
    return kinds


def _asked_names(message: str) -> list[str]:
    """Finds the unknown name in the wordings of argparse and jsonargparse."""
    group = re.search(r"Group '([^']+)' does not accept option '([^']+)'", message)
    if group:
        return [f"{group[1]}.{group[2]}"]
    option = re.search(r"Option '([^']+)' is not accepted|[Kk]ey ['\"]([^'\"]+)['\"] is not expected", message)
    if option:
        return [option[1] or option[2]]
    if "unrecognized arguments" in message.lower():
        flags = re.findall(r"(?<!\S)--?([\w.]+)", message)
        return flags or message.rpartition(":")[2].split()[:1]
    return []


def _nearest(asked: str, names: list[str]) -> str | None:
    group, _, name = asked.rpartition(".")
    siblings = {each.rpartition(".")[2]: each for each in names if each.rpartition(".")[0] == group}
    near = [each for each in siblings if each == name.lower()] or get_close_matches(name, siblings, n=1)
    if near:
        return siblings[near[0]]
    if not siblings:
        near = get_close_matches(asked, names, n=1)
        if near:
            return near[0]
    last = [name for name in names if name.rpartition(".")[2] == asked.rpartition(".")[2]]
    return last[0] if last else None
