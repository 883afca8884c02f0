"""Errors that name the nearest right setting or value."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import pytest

from boxwright.arguments.parser import SettingsParser, UsageError, explain, known_names


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
        canvas: One or two.
        ids: Several.
        precision: A choice that looks like a number.
        group: A group.
    """

    epochs: int = 1
    canvas: int | tuple[int, int] | None = None
    ids: Sequence[int] | None = None
    precision: Literal["32", "bf16"] = "32"
    group: Group = field(default_factory=Group)


@pytest.fixture
def parser() -> SettingsParser:
    made = SettingsParser(prog="test")
    made.add_argument("--config", action="config")
    made.add_class_arguments(Settings)
    return made


def test_known_names_are_settings_only(parser: SettingsParser) -> None:
    assert known_names(parser) == ["epochs", "canvas", "ids", "precision", "group", "group.lr", "group.schedule"]


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (["--epohs", "3"], "There is no setting 'epohs'. Did you mean 'epochs'?"),
        (["--epohs=3"], "There is no setting 'epohs'. Did you mean 'epochs'?"),
        (["--group.shedule", "linear"], "There is no setting 'group.shedule'. Did you mean 'group.schedule'?"),
        (["--lr", "3"], "There is no setting 'lr'. Did you mean 'group.lr'?"),
        (["--zzzz", "3"], "There is no setting 'zzzz'. Valid: epochs, canvas, ids, precision, group."),
        (["--epochs", "many"], "epochs must be int; found 'many'."),
        (["--group.lr", "fast"], "group.lr must be float or null; found 'fast'."),
        (["--canvas", "64,64"], "canvas must be int or [int,int] or null; found '64,64'."),
        (["--canvas", "[1, 2, 3]"], "canvas must be int or [int,int] or null; found '[1, 2, 3]'."),
        (["--ids", "7"], "ids must be [int,…] or null; found '7'."),
        (["--ids", "[a]"], "ids must be [int,…] or null; found \"['a']\"."),
        (["--epochs"], "--epochs needs a value. One that begins with a hyphen is joined to it: --epochs=-1."),
        (["--EPOCHS", "3"], "There is no setting 'EPOCHS'. Did you mean 'epochs'?"),
        (["-epochs", "3"], "'-epochs' is no setting: two hyphens are missing. Write --epochs."),
        (["epochs=3"], "'epochs=3' is no setting: two hyphens are missing. Write --epochs=3."),
        (
            ["--epochs", "3", "p1.jpg", "p2.jpg"],
            "'p1.jpg' belongs to no setting: a setting has a name and one value. Put a pattern such as "
            '"photos/*.jpg" in quotes, and several values in brackets without spaces: [64,96].',
        ),
        (["--group", "5"], "group is a group of settings; found '5'. Give each by its name, for instance group.lr."),
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
        ("group: 5", "group is a group of settings; found '5'. Give each by its name, for instance group.lr."),
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
