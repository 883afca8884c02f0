"""Reading settings by name, with errors that name the nearest right name or value."""

import dataclasses
from argparse import ArgumentError
from collections.abc import Callable, Collection, Mapping, Sequence
from copy import deepcopy
from typing import Any

import yaml
from jsonargparse import ArgumentParser, Namespace

from boxwright.arguments.asked import MODE, Asked, load
from boxwright.arguments.command_words import groups_of, named_words
from boxwright.arguments.kinds import is_text, kinds_of
from boxwright.arguments.plain import plain
from boxwright.arguments.possible_values import require_possible
from boxwright.arguments.settings_file import read_settings, require_plain_numbers, text_of
from boxwright.arguments.unknown_setting import unknown_setting
from boxwright.arguments.usage_error import UsageError
from boxwright.lettering.visible import visible

ForeignAnswer = Callable[[str, str, Collection[str]], str | None]
ALWAYS_GIVEN = ("data",)  # of which null cannot be meant: it is the name of a folder


class SettingsParser(ArgumentParser):
    """Reads flags, YAML files and dictionaries by the dataclasses that describe the settings.

    Args:
        *descriptions: Dataclasses; a field without a default that is not for keywords only is a place.
        command: As typed, for the help.
        about: What the command does, for the help.
        answer: Says for a name that no setting has, its value and the settings what to write instead, if it knows.
        without: Fields that are no settings here.
    """

    def __init__(
        self,
        *descriptions: type,
        command: str = "",
        about: str = "",
        answer: ForeignAnswer = lambda *_: None,
        without: Collection[str] = (),
    ) -> None:
        super().__init__(prog=command, description=about, allow_abbrev=False, exit_on_error=False, parser_mode=MODE)
        self.add_argument("--config", action="config", help="YAML file with settings; flags win.")
        self._option_string_actions["--print_config"].help = "Print all settings as such a file, and do nothing else."
        self._option_string_actions["--print_config"].metavar = ""
        self.settings: dict[str, Any] = {}
        self._answer = answer
        self._asked: Sequence[Asked] = []
        self.required: list[str] = []
        self.places: list[str] = []
        for description in descriptions:
            self.add_class_arguments(description, skip=set(without))
            self.settings.update((name, kind) for name, kind in kinds_of(description) if name not in without)
            lacking = [
                each
                for each in dataclasses.fields(description)
                if each.default is dataclasses.MISSING and each.default_factory is dataclasses.MISSING
            ]
            self.required += [each.name for each in lacking]
            self.places += [each.name for each in lacking if not each.kw_only]
        self.usage = " ".join([command, *(self._typed(name, name.upper()) for name in self.required), "[options]"])
        for action in self._actions:
            action.option_strings = [each for each in action.option_strings if not each.endswith("+")]  # in the help
            if action.dest in groups_of(self.settings):
                action.help = "Several of them in braces: {name: value}."

    def given(self, words: Sequence[str]) -> dict[str, Any]:
        """Reads what was set, nested by group; defaults are left out. Flags win over the files of --config.

        Args:
            words: As typed.

        Raises:
            UsageError: A setting is wrong, or lacking.
            SystemExit: Help or the configuration was asked for, and is printed.
        """
        typed = named_words(words, self.settings, self.places)
        actions = dict(typed)
        if "help" in actions:
            self.print_help()
            raise SystemExit(0)
        line, asked = self._files(typed)
        for name, text in typed:
            if name in self.settings or "." in name:
                again = "+" if any(each.name == name and each.is_typed for each in asked) else ""
                asked.append(Asked(name, self.settings.get(name, Any), text, is_typed=True))
                if asked[-1].text is ...:
                    _require_plain(name, text)
                if not asked[-1].is_ours:
                    line.append(f"--{name}{again}={text}")
        if "print_config" in actions:
            self._read(asked, lambda: self.parse_args([*line, "--print_config"]))
        lacking = [name for name in self.required if all(each.name != name for each in asked)]
        if lacking:
            said = ", ".join(self._typed(name, "…") for name in lacking)
            raise UsageError(f"{', '.join(lacking)} must be given. Type {said}, or put it into --config.")
        return self._read(asked, lambda: self.parse_args(line, defaults=False))

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
            UsageError: A setting is wrong.
        """
        asked = self._of_mapping(values)
        handed = deepcopy({each.name: each.value for each in asked if not each.is_ours})
        return self.completed(self._read(asked, lambda: self.parse_object(handed, defaults=False)))

    def completed(self, values: dict[str, Any]) -> dict[str, Any]:
        """Puts in the defaults of what was not set.

        Args:
            values: What was, nested by group.
        """
        groups, defaults = groups_of(self.settings), self.get_defaults().as_dict()
        return {
            name: {**defaults[name], **values.get(name, {})} if name in groups else values.get(name, defaults[name])
            for name in defaults
            if name != "config"
        }

    def dump(self, namespace: Namespace, *arguments: Any, **options: Any) -> str:
        """Writes settings as a file that says the same, for --print_config.

        Args:
            namespace: As the library has read them.
            *arguments: Those of the library, which has one more reading of what is in quotes.
            **options: Likewise.
        """
        values = plain(self.completed(self._as_written(namespace.as_dict())))
        known = {name: value for name, value in values.items() if value is not None or name not in self.required}
        return str(yaml.safe_dump(known, sort_keys=False, allow_unicode=True))

    def _files(self, typed: Sequence[tuple[str, str]]) -> tuple[list[str], list[Asked]]:
        """Reads the files of --config, and groups in braces, into words and settings."""
        line: list[str] = []
        asked: list[Asked] = []
        for name, text in typed:
            is_file = name == "config" and not text.lstrip().startswith("{")
            if is_file:
                file, shown = text_of(text), f"config: {visible(text)}"
            elif name == "config" or name in groups_of(self.settings):
                file, shown = text if name == "config" else f"{{{name}: {text}}}", name
            else:
                continue
            quoted, values = read_settings(file, self.settings, shown)
            line.append(f"--config={quoted}")
            asked += self._of_mapping(values, f"{shown}: " if name == "config" else "")
        return line, asked

    def _of_mapping(self, values: Mapping[str, Any], where: str = "") -> list[Asked]:
        asked: dict[str, Any] = {}
        for name, value in values.items():
            if name not in groups_of(self.settings):
                asked[str(name)] = value
            elif isinstance(value, Mapping):
                asked |= {f"{name}.{inner}": each for inner, each in value.items()}
            else:
                first = next(each for each in self.settings if each.startswith(f"{name}."))
                found = repr(str(value))
                raise UsageError(
                    f"{where}{name} is a group of settings; found {found}. Give each by its name, for instance {first}."
                )
        for name in asked:
            if name not in self.settings:
                hint = self._answer(name, str(asked[name]), self.settings)
                raise (
                    UsageError(f"{where}There is no setting {name!r}. As a flag write {hint}; in a file the same name.")
                    if hint
                    else unknown_setting(name, self.settings, where)
                )
        return [Asked(name, self.settings[name], value, where) for name, value in asked.items()]

    def _read(self, asked: Sequence[Asked], parse: Callable[[], Namespace]) -> dict[str, Any]:
        """Lets the library read, and says what is wrong; names and paths are what was written."""
        self._asked = asked
        failure: ArgumentError | None = None
        try:
            values = self._as_written(parse().as_dict())
        except ArgumentError as error:
            failure = error
        for each in asked:
            if (failure or each.value is None) and not each.fits():
                raise each.misfit() from failure
        if failure:
            raise UsageError(str(failure)) from failure
        require_possible(values, {name for name, kind in self.settings.items() if is_text(kind)})
        return values

    def _as_written(self, values: dict[str, Any]) -> dict[str, Any]:
        """Puts names, paths and what is in quotes in place of what YAML reads in them."""
        texts = [each for each in self._asked if each.text is not ...]
        for name in dict.fromkeys(each.name for each in texts):
            group, _, entry = name.partition(".")
            text = self._text(name, texts)
            values[group] = (values.get(group) or {}) | {entry: text} if entry else text
        for each in self._asked:
            if each.is_ours:
                name, _, entry = each.name.partition(".")
                values[name] = (values.get(name) or {}) | ({entry: load(each.value)} if entry else each.entries)
        values.pop("config", None)
        return values

    def _text(self, name: str, texts: Sequence[Asked]) -> Any:
        """Gives a name or a path as it was written; several, if it was typed several times."""
        found = [each for each in texts if each.name == name]
        typed = [each for each in found if each.is_typed]
        if name in ALWAYS_GIVEN and typed:
            return typed[-1].value
        if len(typed) < 2:
            return found[-1].text
        return [entry for each in typed for entry in (each.text if isinstance(each.text, list) else [each.text])]

    def _typed(self, name: str, value: str) -> str:
        return name.upper() if name in self.places else f"--{name} {value}"


def _require_plain(name: str, text: str) -> None:
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, ValueError, RecursionError):
        return  # the parser will say what is wrong
    if node is not None:
        require_plain_numbers(node, name)
