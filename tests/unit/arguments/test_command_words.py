"""Words of a command line."""

from dataclasses import KW_ONLY, dataclass

import pytest

from boxwright.arguments.command_words import CommandWords, TypedFlag, TypedWords
from boxwright.arguments.setting import settings_of
from boxwright.arguments.usage_error import UsageError


@dataclass
class Flags:
    """Some settings.

    Args:
        data: A place.
        on_bad: A word.
        masks: A switch.
        names: Several.
        options: By name.
    """

    data: str
    _: KW_ONLY
    on_bad: str = ""
    masks: bool = False
    names: str | list[str] = ""
    options: dict[str, int] | None = None


def read(*words: str) -> TypedWords:
    return CommandWords({each.name: each for each in settings_of(Flags)}, {"group"}).read(words)


def test_hyphens_become_underscores_in_flags_only() -> None:
    assert read("--on-bad", "a-b").flags == read("--on_bad=a-b").flags == [TypedFlag("on_bad", "a-b")]


def test_a_switch_alone_is_true() -> None:
    assert read("--masks", "--on_bad", "x").flags[0] == TypedFlag("masks", "true")
    assert read("--masks", "False").flags == [TypedFlag("masks", "False")]
    assert read("--masks", "photos").flags == [TypedFlag("masks", "true"), TypedFlag("data", "photos")]


def test_places_may_be_named() -> None:
    assert read("x").flags == read("--data", "x").flags == read("--data=x").flags


def test_files_are_told_from_flags() -> None:
    assert read("--config", "x", "--masks", "--config=y").files == ["x", "y"]


def test_entries_of_a_dictionary_and_groups() -> None:
    assert read("--options.a", "1", "--group", "{}").flags == [TypedFlag("options.a", "1"), TypedFlag("group", "{}")]


@pytest.mark.parametrize(
    "words", [["--on_bad", "a", "--on_bad", "b"], ["--on-bad=a", "--on_bad", "b"], ["--masks", "--masks=false"]]
)
def test_a_flag_with_two_values_is_refused(words: list[str]) -> None:
    with pytest.raises(UsageError, match=r"is given twice: .* Keep one"):
        read(*words)


def test_flags_may_be_repeated_word_for_word() -> None:
    assert read("--on_bad", "a", "--on_bad=a").flags == [TypedFlag("on_bad", "a")]


def test_what_takes_several_values_may_be_repeated() -> None:
    assert read("--names=a", "--names", "b").flags == [TypedFlag("names", "a"), TypedFlag("names", "b", True)]


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("--on_bad", "--on_bad needs a value"),
        ("--on_badd", "Did you mean 'on_bad'"),
        ("--on", "There is no setting 'on'"),  # no flag may be cut short
        ("-x", "There is no setting 'x'"),
        ("--nothing.a", "There is no setting 'nothing.a'"),
    ],
)
def test_wrong_words(word: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read(word)
    with pytest.raises(UsageError, match=message):
        read(word, "--masks")
