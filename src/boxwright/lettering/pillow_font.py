"""A font for Pillow that has the letters of several fonts."""

from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from boxwright.lettering.fonts import first_fonts, runs, showable

_BASELINE = "ls"


class AnyLetterFont(ImageFont.FreeTypeFont):
    """Draws every text: letters that the usual font lacks come from others, invisible ones as escapes.

    It is a font as Pillow has them, for one line of text at anchors at the left, so everything that takes one takes
    it. Letters are joined and turned as their script wants where Pillow can (libraqm, which its wheels have).

    Args:
        size: In pixels.
    """

    def __init__(self, size: int) -> None:
        super().__init__(str(first_fonts()[0]), size)
        self._plain = _plain_font(first_fonts()[0], size)

    def getlength(self, text: str | bytes | bytearray, *_options: Any, **_named: Any) -> float:
        """Gives the width of a text in pixels."""
        return sum((font.getlength(run) for run, font in self._runs(text)), 0.0)

    def getbbox(
        self,
        text: str | bytes | bytearray,
        mode: str = "",
        direction: str | None = None,
        features: list[str] | None = None,
        language: str | None = None,
        stroke_width: int | float = 0,
        anchor: str | None = None,
    ) -> tuple[int, int, int, int]:
        """Gives the box of a text that is written at the origin."""
        del mode, direction, features, language, stroke_width
        left, top, right, bottom = self._box(text)
        down = self._below(anchor or "la")
        return left, top + down, right, bottom + down

    def getmask2(self, text: str | bytes | bytearray, *options: Any, **named: Any) -> Any:
        """Gives the letters of a text as a grey picture, and where it begins."""
        anchor = _anchor(options, named)
        left, top, right, bottom = self._box(text)
        page = Image.new("L", (max(1, right - left), max(1, bottom - top)))
        pen, place = ImageDraw.Draw(page), 0.0
        for run, font in self._runs(text):
            pen.text((place - left, -top), run, fill=255, font=font, anchor=_BASELINE)
            place += font.getlength(run)
        return page.im, (left, top + self._below(anchor))

    def _box(self, text: str | bytes | bytearray) -> tuple[int, int, int, int]:
        """Gives the box of a text that begins on the baseline."""
        boxes, place = [], 0.0
        for run, font in self._runs(text):
            left, top, right, bottom = font.getbbox(run, anchor=_BASELINE)
            boxes.append((left + place, top, right + place, bottom))
            place += font.getlength(run)
        if not boxes:
            return 0, 0, 0, 0
        lefts, tops, rights, bottoms = zip(*boxes, strict=True)
        return int(min(*lefts, 0)), int(min(tops)), -int(-max(*rights, place) // 1), int(max(bottoms))

    def _below(self, anchor: str) -> int:
        """Gives how far the baseline lies below the place of an anchor."""
        at_anchor, at_baseline = (self._plain.getbbox("T", anchor=each)[1] for each in (anchor, _BASELINE))
        return int(at_anchor - at_baseline)

    def _runs(self, text: str | bytes | bytearray) -> list[tuple[str, ImageFont.FreeTypeFont]]:
        line = showable(text if isinstance(text, str) else text.decode())
        return [(run, _plain_font(font, round(self.size))) for run, font in runs(line)]


def _anchor(options: tuple[Any, ...], named: dict[str, Any]) -> str:
    """Finds the anchor among the arguments of Pillow: mode, direction, features, language, stroke width, anchor."""
    given = named.get("anchor", options[5] if len(options) > 5 else None)
    return str(given or "la")


@cache
def _plain_font(path: Path, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(path), size)
