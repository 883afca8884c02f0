import pytest

from boxwright.lettering.visible import visible, visible_lines


@pytest.mark.parametrize("name", ["cat", "直剪", "가위", "قط", "naïve", "$x_1$ {} % <b> [red]", "😀"])
def test_what_can_be_seen_stays(name: str) -> None:
    assert visible(name) == visible_lines(name) == name


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("two\nlines", r"two\nlines"),
        ("a\tb\rc", r"a\tb\rc"),
        ("\x1b[31mred\x07", r"\x1b[31mred\x07"),
        ("\x00\x7f\x9b", r"\x00\x7f\x9b"),
        ("abc\u202edef", r"abc\u202edef"),
        ("a\u2028b", r"a\u2028b"),
        ("caf\udce9.jpg", r"caf\udce9.jpg"),
    ],
)
def test_what_cannot_be_seen_is_escaped(name: str, shown: str) -> None:
    assert visible(name) == shown


def test_texts_keep_their_lines() -> None:
    assert visible_lines("a\n\tb\x1b\r") == "a\n\tb\\x1b\\r"
