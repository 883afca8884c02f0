"""Names of another trainer lead to settings that exist."""

import re
from importlib import import_module

import pytest

from boxwright.settings.foreign_names import FOREIGN_NAMES, foreign_hint

ENTRIES = [(command, name) for command, names in FOREIGN_NAMES.items() for name in names]


@pytest.mark.parametrize(("command", "name"), ENTRIES)
def test_what_is_to_be_written_exists(command: str, name: str) -> None:
    settings = import_module(f"boxwright.cli.commands.{command}").PARSER.settings
    assert name not in settings, "a name of ours is no foreign one"
    hint = foreign_hint(command, name, "3")
    assert hint is not None
    flags = [flag for flag in re.findall(r"--([\w.]+)", hint) if not flag.startswith("system_options.")]
    assert set(flags) <= {*settings, "config"}
    assert flags or "nothing" in hint or "system_options" in hint


def test_the_value_is_taken_along() -> None:
    assert foreign_hint("train", "imgsz", "640") == "--canvas 640"
    assert foreign_hint("train", "imgsz") == "--canvas VALUE"
    assert foreign_hint("train", "epochs", "3") is None


def test_a_value_with_a_meaning_of_its_own() -> None:
    assert foreign_hint("train", "batch", "-1") == "--batch_size auto"
    assert foreign_hint("train", "batch", "8") == "--batch_size 8"
