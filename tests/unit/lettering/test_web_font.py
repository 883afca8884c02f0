import base64
import io
import re

from fontTools.ttLib import TTFont

from boxwright.lettering.fonts import first_fonts, letters_of
from boxwright.lettering.web_font import WEB_FONT, web_font


def letters_in(rule: str) -> set[str]:
    (content,) = re.findall(r"base64,([^)]+)\)", rule)
    return {chr(number) for number in TTFont(io.BytesIO(base64.b64decode(content))).getBestCmap()}


def test_only_the_letters_that_usual_fonts_lack() -> None:
    rule = web_font("cat 猫, Hündchen, كلب, 강아지, <b>")
    assert WEB_FONT in rule
    assert letters_in(rule) == set("猫강아지")
    assert len(rule) < 10_000


def test_nothing_where_no_letter_needs_it() -> None:
    assert web_font("") == web_font("cat, Ω, كلב \U0010fffd") == ""


def test_every_letter_of_the_font_can_come_along() -> None:
    usual, own = first_fonts()
    some = sorted(letters_of(own) - letters_of(usual))[::97]
    assert letters_in(web_font("".join(map(chr, some)))) == set(map(chr, some))
