"""Fonts that have the letters of a text between them."""

import logging
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import matplotlib
from matplotlib import font_manager
from matplotlib.ft2font import FT2Font

from boxwright.lettering.visible import visible

_log = logging.getLogger(__name__)
_CJK_FONT = Path(__file__).with_name("DroidSansFallback.ttf")
_JOINED = ("Mn", "Mc", "Me", "Zs", "Cf")  # marks, spaces and invisible joiners stay in the font of what they follow
_SIGNS = "Last Resort"  # a font that comes with matplotlib and draws a sign for the script in place of the letter
_said: set[str] = set()


def first_fonts() -> tuple[Path, ...]:
    """Gives the fonts that are always there.

    DejaVu Sans comes with matplotlib and has Latin, Greek, Cyrillic, Arabic and Hebrew letters; Droid Sans Fallback
    comes with boxwright and has Chinese, Japanese and Korean ones.
    """
    return Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf", _CJK_FONT


def fonts_for(text: str) -> tuple[Path, ...]:
    """Gives the fonts that a text needs, the first of which is the usual one; installed fonts are asked last.

    Args:
        text: What shall be shown.
    """
    found = [font_of(letter) for letter in text]
    return tuple(dict.fromkeys([first_fonts()[0], *(font for font in found if font is not None)]))


def runs(text: str) -> Iterator[tuple[str, Path]]:
    """Cuts a text where the font has to change.

    Args:
        text: As `showable` gives it.
    """
    run, present = "", first_fonts()[0]
    for letter in text:
        stays = unicodedata.category(letter) in _JOINED and ord(letter) in letters_of(present)
        font = present if stays else font_of(letter) or present
        if font != present and run:
            yield run, present
            run = ""
        run, present = run + letter, font
    if run:
        yield run, present


def showable(text: str) -> str:
    r"""Makes a text one that can be drawn: what cannot be seen, or has no letter in any font, is an escape.

    That a letter has no font is said once, with the cure.

    Args:
        text: A name, perhaps of a stranger.
    """
    shown = visible(text)
    lacking = {letter for letter in shown if unicodedata.category(letter) != "Cf" and font_of(letter) is None}
    if lacking - _said:
        _said.update(lacking)
        escaped = ", ".join(letter.encode("unicode_escape").decode() for letter in sorted(lacking)[:8])
        _log.warning(
            "No installed font has the letters %s of %r; they are drawn as these numbers. Install a font that has "
            "them, for instance one of the Noto family.",
            escaped,
            shown,
        )
    return "".join(letter.encode("unicode_escape").decode() if letter in lacking else letter for letter in shown)


@cache
def font_of(letter: str) -> Path | None:
    """Finds the first font with a letter: of those that are always there, then of those that are installed.

    Args:
        letter: One character.
    """
    return next((font for font in _all_fonts() if ord(letter) in letters_of(font)), None)


@cache
def letters_of(font: Path) -> frozenset[int]:
    """Gives the numbers of the letters that a font can draw at any size; none if it cannot be read.

    Args:
        font: Its file.
    """
    try:
        face = FT2Font(str(font))
        return frozenset(face.get_charmap()) if face.scalable else frozenset()
    except (RuntimeError, OSError, ValueError):
        return frozenset()


def _all_fonts() -> Iterator[Path]:
    yield from first_fonts()
    yield from _installed()


@cache
def _installed() -> tuple[Path, ...]:
    """Lists the fonts of this machine, upright and regular ones first, then by name."""
    taken = tuple(map(str, first_fonts()))
    entries = [each for each in font_manager.fontManager.ttflist if each.fname not in taken and _SIGNS not in each.name]
    entries.sort(key=lambda each: (each.style != "normal", str(each.weight) not in ("400", "normal"), each.fname))
    return tuple(dict.fromkeys(Path(each.fname) for each in entries))
