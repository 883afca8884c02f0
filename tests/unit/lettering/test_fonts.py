import logging
from pathlib import Path

import pytest

from boxwright.lettering import fonts
from boxwright.lettering.fonts import first_fonts, font_of, fonts_for, letters_of, runs, showable

LATIN, CJK = first_fonts()
UNKNOWN = chr(0x10FFFD)  # for private use: in no font


@pytest.fixture(autouse=True)
def _nothing_was_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "_said", set())


@pytest.mark.parametrize(
    ("letters", "font"),
    [
        ("aZ9é×→…ЖΩ", LATIN),
        ("قطכלב", LATIN),
        ("直剪止血钳", CJK),  # Chinese, simplified
        ("貓鉗", CJK),  # and traditional
        ("猫さるカ", CJK),
        ("가위힣", CJK),
    ],
)
def test_letters_of_many_scripts_are_always_there(letters: str, font: Path) -> None:
    assert {font_of(letter) for letter in letters} == {font}
    assert showable(letters) == letters


def test_the_bundled_font_is_small_and_has_its_licence_beside_it() -> None:
    assert CJK.stat().st_size < 4 << 20
    assert "Apache License" in CJK.with_name("LICENSE").read_text()


def test_a_text_is_cut_where_the_font_changes() -> None:
    assert list(runs("a 猫 cat 0.9")) == [("a ", LATIN), ("猫 ", CJK), ("cat 0.9", LATIN)]
    assert list(runs("")) == []
    assert fonts_for("a猫") == (LATIN, CJK)
    assert fonts_for("猫") == (LATIN, CJK)


def test_letters_without_a_font_are_numbers_and_that_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert showable(f"a{UNKNOWN}") == r"a\U0010fffd"
        assert showable(f"b{UNKNOWN}") == r"b\U0010fffd"
    (said,) = caplog.messages
    assert r"has the letters \U0010fffd of" in said
    assert "Install a font" in said


def test_an_installed_font_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = tmp_path / "mine.ttf"
    mine.write_bytes(CJK.read_bytes())
    monkeypatch.setattr(fonts, "first_fonts", lambda: (LATIN,))
    monkeypatch.setattr(fonts, "_installed", lambda: (tmp_path / "gone.ttf", mine))
    assert font_of.__wrapped__("猫") == mine


def test_signs_for_scripts_are_no_letters() -> None:
    assert not [font for font in fonts._installed() if "LastResort" in font.name]


def test_what_cannot_be_seen_is_escaped() -> None:
    assert showable("two\nlines\x1b\udcff") == r"two\nlines\x1b\udcff"


def test_a_file_that_is_no_font_has_no_letters(tmp_path: Path) -> None:
    (tmp_path / "a.ttf").write_bytes(b"no font")
    assert not letters_of(tmp_path / "a.ttf")
    assert not letters_of(tmp_path / "none.ttf")
