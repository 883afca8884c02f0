"""Words of a command line."""

from dataclasses import KW_ONLY, dataclass

import pytest

from boxwright.arguments.command_words import groups_of, named_words
from boxwright.arguments.kinds import kinds_of
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


def read(*words: str) -> list[tuple[str, str]]:
    return named_words(words, {**dict(kinds_of(Flags)), "group.lr": float}, ["data"])


def test_hyphens_become_underscores_in_flags_only() -> None:
    assert read("--on-bad", "a-b") == read("--on_bad=a-b") == [("on_bad", "a-b")]


def test_a_switch_alone_is_true() -> None:
    assert read("--masks", "--on_bad", "x")[0] == ("masks", "true")
    assert read("--masks", "False") == [("masks", "False")]
    assert read("--masks", "photos") == [("masks", "true"), ("data", "photos")]


def test_places_may_be_named() -> None:
    assert read("x") == read("--data", "x") == read("--data=x") == [("data", "x")]


def test_files_help_and_configuration_are_no_settings() -> None:
    assert read("--config", "x", "--config=y") == [("config", "x"), ("config", "y")]
    assert read("-h") == read("--help") == [("help", "")]
    assert read("--print-config") == read("--print_config") == [("print_config", "")]


def test_entries_of_a_dictionary_and_groups() -> None:
    assert read("--options.a", "1", "--group", "{}") == [("options.a", "1"), ("group", "{}")]
    assert groups_of(["a", "group.lr"]) == {"group"}


@pytest.mark.parametrize("text", ["-1", "-1e-3", "-.5", "-"])
def test_numbers_may_be_negative(text: str) -> None:
    assert read("--on_bad", text) == [("on_bad", text)]


@pytest.mark.parametrize(
    "words", [["--on_bad", "a", "--on_bad", "b"], ["--on-bad=a", "--on_bad", "b"], ["--masks", "--masks=false"]]
)
def test_a_flag_with_two_values_is_refused(words: list[str]) -> None:
    with pytest.raises(UsageError, match=r"is given twice: .* Keep one"):
        read(*words)


def test_a_place_with_two_values_is_refused() -> None:
    with pytest.raises(UsageError, match=r"'b' belongs to no setting"):
        read("a", "b")
    with pytest.raises(UsageError, match=r"data is given twice"):
        read("a", "--data=b")


def test_flags_may_be_repeated_word_for_word() -> None:
    assert read("--on_bad", "a", "--on_bad=a") == [("on_bad", "a")]


def test_what_takes_several_values_may_be_repeated() -> None:
    assert read("--names=a", "--names", "b") == [("names", "a"), ("names", "b")]


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("--on_bad", "--on_bad needs a value"),
        ("--on_badd", "Did you mean 'on_bad'"),
        ("--on", "There is no setting 'on'"),  # no flag may be cut short
        ("-x", "There is no setting 'x'"),
        ("--print_config=all", "--print_config takes no value; found 'all'"),
        ("--options.", "There is no setting 'options.'"),
        ("--nothing.a", "There is no setting 'nothing.a'"),
    ],
)
def test_wrong_words(word: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read(word)
    with pytest.raises(UsageError, match=message):
        read(word, "--masks")
