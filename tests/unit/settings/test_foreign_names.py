"""Names of another trainer lead to settings that exist."""

import re
from importlib import import_module

import pytest

from boxwright.settings.foreign_answers import foreign_answer
from boxwright.settings.foreign_names import FOREIGN_NAMES

ENTRIES = [
    (command, name) for command, names in FOREIGN_NAMES.items() if command not in ("load", "other") for name in names
]


@pytest.mark.parametrize(("command", "name"), ENTRIES)
def test_what_is_to_be_written_exists(command: str, name: str) -> None:
    settings = import_module(f"boxwright.cli.commands.{command}").PARSER.settings
    assert name not in settings, "a name of ours is no foreign one"
    hint = foreign_answer(command, name, "3", settings)
    assert hint is not None
    flags = [flag for flag in re.findall(r"--([\w.]+)", hint) if not flag.startswith("system_options.")]
    assert set(flags) <= {*settings, "config", "save"}
    assert flags or "nothing" in hint or "system_options" in hint
