from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont, features

from boxwright.lettering.fonts import first_fonts
from boxwright.lettering.pillow_font import AnyLetterFont


def _drawn(text: str, font: Any = None, anchor: str | None = None) -> np.ndarray:
    page = Image.new("L", (240, 60))
    ImageDraw.Draw(page).text((10, 25), text, fill=255, font=font or AnyLetterFont(20), anchor=anchor)
    return np.asarray(page)


@pytest.mark.parametrize("text", ["cat 0.95", "Tgj", "naïve × 3", "$x_1$ {} %s <b> [red]", ""])
@pytest.mark.parametrize("anchor", [None, "la", "ls", "lm"])
def test_usual_letters_look_as_in_the_usual_font(text: str, anchor: str | None) -> None:
    plain = ImageFont.truetype(str(first_fonts()[0]), 20)
    assert np.array_equal(_drawn(text, anchor=anchor), _drawn(text, plain, anchor))
    assert AnyLetterFont(20).getlength(text) == plain.getlength(text)


@pytest.mark.parametrize(("one", "other"), [("猫", "犬"), ("직선", "가위"), ("قط", "كلب"), ("ж", "щ")])
def test_letters_are_letters_and_not_squares(one: str, other: str) -> None:
    first, second = _drawn(one), _drawn(other)
    assert first.max() > 200
    assert second.max() > 200
    assert not np.array_equal(first, second)


def test_fonts_are_mixed_on_one_line() -> None:
    font = AnyLetterFont(20)
    assert font.getlength("a猫b") == pytest.approx(sum(font.getlength(letter) for letter in "a猫b"))
    mixed = _drawn("猫 0.95", font)
    start = 10 + round(font.getlength("猫 "))
    alone = Image.new("L", (240, 60))
    ImageDraw.Draw(alone).text((start, 25), "0.95", fill=255, font=ImageFont.truetype(str(first_fonts()[0]), 20))
    assert np.abs(mixed[:, start:].astype(int) - np.asarray(alone)[:, start:]).mean() < 5


@pytest.mark.parametrize("text", ["cat", "猫 0.95 Tg", "قطة 0.95"])
def test_the_box_holds_what_is_drawn(text: str) -> None:
    left, top, right, bottom = ImageDraw.Draw(Image.new("L", (1, 1))).textbbox((10, 25), text, font=AnyLetterFont(20))
    rows, columns = np.nonzero(_drawn(text))
    assert left <= columns.min()
    assert columns.max() < right
    assert top <= rows.min()
    assert rows.max() < bottom


@pytest.mark.skipif(not features.check("raqm"), reason="this Pillow cannot join letters")
def test_arabic_letters_are_joined_and_run_from_the_right() -> None:
    first = "\u0642"  # as it stands alone
    joined = _drawn("\u0642\u0637")
    alone = _drawn(f"{first} ")
    assert not np.array_equal(joined[:, 10:20], alone[:, 10:20])


def test_invisible_letters_are_escapes() -> None:
    assert np.array_equal(_drawn("a\x1bb"), _drawn(r"a\x1bb"))
