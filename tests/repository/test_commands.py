"""What can be typed and what can be called are the same settings."""

import inspect
import re
from importlib import import_module
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

import docstring_parser
import pytest

import boxwright
from boxwright.arguments.parser import SettingsParser
from boxwright.cli.main import COMMANDS, MODULES, main

WITHOUT_FUNCTION = {"import", "info", "parts", "weights"}
FUNCTIONS = {name: getattr(boxwright, name) for name in COMMANDS if name not in WITHOUT_FUNCTION}
OF_TRAININGS = {"train", "tune"}  # whose signature is made of the same dataclasses as their flags
# Of Python only: values that cannot be typed.
NOT_TYPED = {
    "predict": {"channels", "stream"},
    "verify": {"progress"},
    "diagnose": {"progress"},
    "inspect": {"progress"},
}
# Of the command line only: what is printed, and where.
NOT_CALLED = {
    "verify": {"json"},
    "diagnose": {"losses", "sheet"},
    "predict": {"engine", "actors", "rows_per_file"},  # see `predict_over_cluster`
}
# A command writes where a function gives.
OTHER_DEFAULT = {"predict": {"output"}, "verify": {"sheet"}, "inspect": {"output", "system"}}


def _parser(command: str) -> SettingsParser:
    return import_module(f"boxwright.cli.commands.{MODULES.get(command, command)}").PARSER


def _parameters(command: str) -> dict[str, inspect.Parameter]:
    found = dict(inspect.signature(FUNCTIONS[command]).parameters)
    return {name: found[name] for name in found if name not in NOT_TYPED.get(command, ())}


def _choices(hint: Any) -> set[object]:
    return {entry for entry in get_args(hint) if isinstance(entry, str)} | {
        choice for member in get_args(hint) * (get_origin(hint) in (Union, UnionType)) for choice in _choices(member)
    }


@pytest.mark.parametrize("command", sorted(set(FUNCTIONS) - OF_TRAININGS))
def test_a_command_has_the_settings_of_its_function(command: str) -> None:
    parser, called = _parser(command), _parameters(command)
    typed = {name: kind for name, kind in parser.settings.items() if name not in NOT_CALLED.get(command, ())}
    defaults = parser.get_defaults()
    assert set(typed) == set(called)
    for name, kind in typed.items():
        assert (name in parser.required) == (called[name].default is inspect.Parameter.empty), name
        if name not in parser.required and name not in OTHER_DEFAULT.get(command, ()):
            assert defaults[name] == called[name].default, name
        assert _choices(kind) >= _choices(called[name].annotation), name


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_setting_says_what_it_does(command: str) -> None:
    assert [action.dest for action in _parser(command)._actions if not action.help] == []


@pytest.mark.parametrize("command", sorted(set(FUNCTIONS) - OF_TRAININGS - {"doctor"}))
def test_help_and_docstring_are_about_the_same_settings(command: str) -> None:
    assert set(_parameters(command)) <= {
        each.arg_name for each in docstring_parser.parse(FUNCTIONS[command].__doc__ or "").params
    }


def test_every_command_has_a_file(root: Path) -> None:
    files = {path.stem for path in (root / "src/boxwright/cli/commands").glob("*.py")} - {"__init__", "reading_flags"}
    assert files == {MODULES.get(command, command) for command in COMMANDS}


def test_the_page_of_words_leads_to_settings_that_exist(root: Path) -> None:
    text = (root / "docs/words.md").read_text()
    known = {name for command in COMMANDS for name in (*_parser(command).settings, "config")}
    named = {flag.rstrip(".") for flag in re.findall(r"--([a-z][\w.]*)", text)} - {"name"}
    groups = {name.partition(".")[0] for name in known}
    assert named <= known | groups


def test_the_page_of_words_shows_what_is_answered(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = re.search(r"```text\n\$ boxwright (.*)\n((?:.*\n)*?)```", (root / "docs/words.md").read_text())
    assert shown is not None
    assert main(shown[1].split()) == 2
    assert capsys.readouterr().err == shown[2]
