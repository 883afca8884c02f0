"""What may be meant by a name that no setting has."""

import pytest

from boxwright.arguments.unknown_setting import stray_word, top_names, unknown_setting

NAMES = ["epochs", "on_bad", "group.lr", "group.schedule"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("epohs", "Did you mean 'epochs'?"),
        ("EPOCHS", "Did you mean 'epochs'?"),
        ("lr", "Did you mean 'group.lr'?"),
        ("gruop.lr", "Did you mean 'group.lr'?"),
        ("group.x", "Valid: group.lr, group.schedule."),
        ("zzzzzz", "Valid: epochs, on_bad, group."),
        ("x" * 1000, "characters left out"),
    ],
)
def test_the_nearest_name_is_said(asked: str, said: str) -> None:
    assert said in str(unknown_setting(asked, NAMES))


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("-epochs", "two hyphens are missing. Write --epochs."),
        ("on-bad=skip", "two hyphens are missing. Write --on_bad=skip."),
        ("-x", "There is no setting 'x'."),
        ("a.jpg", "'a.jpg' belongs to no setting"),
    ],
)
def test_stray_words(word: str, said: str) -> None:
    assert said in str(stray_word(word, NAMES))


def test_names_at_the_left_edge() -> None:
    assert top_names(NAMES) == ["epochs", "on_bad", "group"]
