"""Reading settings by name, with errors that name the nearest right name or value."""

import sys
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import yaml

from boxwright.arguments.command_words import CommandWords, TypedFlag
from boxwright.arguments.help_text import help_text
from boxwright.arguments.kinds import Misfit, choices, fitting, is_text, typed_name, wanted
from boxwright.arguments.nested import at, merge, nested, plain, put
from boxwright.arguments.possible_values import require_possible
from boxwright.arguments.setting import Setting, settings_of
from boxwright.arguments.settings_file import read_settings_file
from boxwright.arguments.unknown_setting import unknown_setting
from boxwright.arguments.usage_error import UsageError
from boxwright.arguments.written import Written, typed_word

ALWAYS_GIVEN = ("data",)  # of which null cannot be meant: it is the name of a folder


class SettingsParser:
    """Reads flags, YAML files and dictionaries by the dataclasses that describe the settings.

    Args:
        *descriptions: Dataclasses; a field without a default that is not for keywords only is a place.
        command: As typed, for the help.
        about: What the command does, for the help.
    """

    def __init__(self, *descriptions: type, command: str = "", about: str = "") -> None:
        self.command, self.about = command, about
        found = [setting for each in descriptions for setting in settings_of(each)]
        self.settings: dict[str, Setting] = {setting.name: setting for setting in found}
        self.groups = {name.partition(".")[0] for name in self.settings if "." in name}

    def given(self, words: Sequence[str]) -> dict[str, Any]:
        """Reads what was set, nested by group; defaults are left out. Flags win over the files of --config.

        Args:
            words: As typed.

        Raises:
            UsageError: A setting is wrong.
            SystemExit: Help or the configuration was asked for, and is printed.
        """
        typed = CommandWords(self.settings, self.groups).read(words)
        if typed.asks_for_help:
            sys.stdout.write(help_text(self.command, self.about, self.settings.values()) + "\n")
            raise SystemExit(0)
        values: dict[str, Any] = {}
        for file in typed.files:
            merge(values, self._of_mapping(read_settings_file(file).value))
        for flag in typed.flags:
            self._take_flag(flag, values)
        self._require_possible(values)
        if typed.asks_for_configuration:
            sys.stdout.write(self._as_file(values))
            raise SystemExit(0)
        return values

    def read(self, words: Sequence[str]) -> dict[str, Any]:
        """Reads all settings; what was not set has its default.

        Args:
            words: As typed.

        Raises:
            UsageError: A setting is wrong, or lacking.
        """
        return self.completed(self.given(words))

    def of_object(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Reads settings from Python, and completes them.

        Args:
            values: By name; groups as dictionaries.

        Raises:
            UsageError: A setting is wrong, or lacking.
        """
        found = self._of_mapping(values)
        self._require_possible(found)
        return self.completed(found)

    def completed(self, values: dict[str, Any]) -> dict[str, Any]:
        """Puts in the defaults of what was not set.

        Args:
            values: What was, nested by group.

        Raises:
            UsageError: Something has no default.
        """
        lacking = [each for each in self.settings.values() if each.is_required and each.name not in values]
        if lacking:
            typed = ", ".join(each.name.upper() if each.is_place else f"--{each.name} …" for each in lacking)
            names = ", ".join(each.name for each in lacking)
            raise UsageError(f"{names} must be given. Type {typed}, or put it into --config.")
        return nested(self._defaults(), values)

    def _as_file(self, values: dict[str, Any]) -> str:
        found = plain(nested(self._defaults(), values))
        return str(yaml.safe_dump(found, sort_keys=False, allow_unicode=True))

    def _defaults(self) -> dict[str, Any]:
        return {name: setting.default for name, setting in self.settings.items() if not setting.is_required}

    def _of_mapping(self, values: Mapping[str, Any] | None, group: str = "") -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in (values or {}).items():
            name = f"{group}{key}"
            if not group and key in self.groups:
                inner = value.value if isinstance(value, Written) else value
                if not isinstance(inner, Mapping):
                    raise self._no_group(key, value.plain() if isinstance(value, Written) else value)
                found[key] = self._of_mapping(inner, f"{key}.")
            elif name in self.settings:
                found[key] = self._fit(name, value)
            else:
                raise unknown_setting(name, self.settings)
        return found

    def _take_flag(self, flag: TypedFlag, values: dict[str, Any]) -> None:
        name, text = flag.name, flag.text
        if name in self.groups:
            given = typed_word(text)
            if not isinstance(given.value, dict):
                raise self._no_group(name, given.plain())
            merge(values, self._of_mapping({name: given}))
        elif name not in self.settings:  # a name in a dictionary, system_options.dialect
            put(values, name, typed_word(text).plain())
        else:
            value = self._typed(name, text)
            if flag.is_repeated:
                before = at(values, name)
                value = [
                    *(before if isinstance(before, list) else [before]),
                    *(value if isinstance(value, list) else [value]),
                ]
            put(values, name, value)

    def _typed(self, name: str, text: str) -> Any:
        kind = self.settings[name].kind
        if is_text(kind):
            return typed_name(kind, text, is_always_given=name in ALWAYS_GIVEN)
        return self._fit(name, typed_word(text))

    def _fit(self, name: str, value: Any) -> Any:
        kind = self.settings[name].kind
        try:
            return fitting(kind, value)
        except Misfit:
            raise _misfit(name, kind, value.plain() if isinstance(value, Written) else value) from None

    def _no_group(self, group: str, value: object) -> UsageError:
        first = next(name for name in self.settings if name.startswith(f"{group}."))
        return UsageError(
            f"{group} is a group of settings; found {str(value)!r}. Give each by its name, for instance {first}."
        )

    def _require_possible(self, values: dict[str, Any]) -> None:
        require_possible(values, {name for name, setting in self.settings.items() if is_text(setting.kind)})


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _misfit(name: str, kind: Any, value: object) -> UsageError:
    words = [str(choice) for choice in choices(kind)]
    if not words:
        return UsageError(f"{name} must be {wanted(kind)}; found {str(value)!r}.")
    near = get_close_matches(str(value), words, n=1)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    hint = "It is a word: put it in quotes. " if str(value) in words else hint
    return UsageError(f"{name} cannot be {str(value)!r}. {hint}Valid: {', '.join(words)}.")
