"""Errors that name the nearest right setting or value."""

from dataclasses import dataclass, field
from typing import Literal

import pytest

from boxwright.arguments import SettingsParser, UsageError, explain, known_names


@dataclass(frozen=True)
class Group:
    """A group.

    Args:
        lr: A number.
        schedule: A choice.
    """

    lr: float | None = None
    schedule: Literal["linear", "cosine"] | None = None


@dataclass(frozen=True)
class Settings:
    """Some settings.

    Args:
        epochs: A count.
        precision: A choice that looks like a number.
        group: A group.
    """

    epochs: int = 1
    precision: Literal["32", "bf16"] = "32"
    group: Group = field(default_factory=Group)


@pytest.fixture
def parser() -> SettingsParser:
    made = SettingsParser(prog="test")
    made.add_argument("--config", action="config")
    made.add_class_arguments(Settings)
    return made


def test_known_names_are_settings_only(parser: SettingsParser) -> None:
    assert known_names(parser) == ["epochs", "precision", "group", "group.lr", "group.schedule"]


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (["--epohs", "3"], "There is no setting 'epohs'. Did you mean 'epochs'?"),
        (["--epohs=3"], "There is no setting 'epohs'. Did you mean 'epochs'?"),
        (["--group.shedule", "linear"], "There is no setting 'group.shedule'. Did you mean 'group.schedule'?"),
        (["--lr", "3"], "There is no setting 'lr'. Did you mean 'group.lr'?"),
        (["--zzzz", "3"], "There is no setting 'zzzz'. Valid: epochs, precision, group."),
        (["--epochs", "many"], "epochs must be int; found 'many'."),
        (["--group.lr", "fast"], "group.lr must be float or null; found 'fast'."),
        (["--precision", "bf61"], "precision cannot be 'bf61'. Did you mean 'bf16'? Valid: 32, bf16."),
        (
            ["--group.schedule", "linaer"],
            "group.schedule cannot be 'linaer'. Did you mean 'linear'? Valid: linear, cosine.",
        ),
    ],
)
def test_flags(parser: SettingsParser, flags: list[str], expected: str) -> None:
    with pytest.raises(UsageError) as caught:
        parser.parse_args(flags)
    assert str(caught.value) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("epohs: 3", "There is no setting 'epohs'. Did you mean 'epochs'?"),
        ("group: {shedule: linear}", "There is no setting 'group.shedule'. Did you mean 'group.schedule'?"),
        ("precision: 32", "precision cannot be '32'. It is a word: put it in quotes. Valid: 32, bf16."),
    ],
)
def test_files(parser: SettingsParser, tmp_path, text: str, expected: str) -> None:
    (tmp_path / "run.yaml").write_text(text)
    with pytest.raises(UsageError) as caught:
        parser.parse_args(["--config", str(tmp_path / "run.yaml")])
    assert str(caught.value) == expected


def test_flags_win_over_the_file_before_them(parser: SettingsParser, tmp_path) -> None:
    (tmp_path / "run.yaml").write_text("epochs: 3\ngroup:\n  lr: 0.5\n")
    read = parser.parse_args(["--config", str(tmp_path / "run.yaml"), "--epochs", "4"])
    assert (read.epochs, read.group.lr) == (4, 0.5)


def test_a_message_of_another_kind_is_kept() -> None:
    assert explain("something else went wrong", ["epochs"]) == "something else went wrong"
