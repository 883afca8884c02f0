"""Letters that a page brings with it, for browsers on machines without a font for them."""

import base64
import io

from fontTools import subset
from fontTools.ttLib import TTFont

from boxwright.lettering.fonts import first_fonts, letters_of

WEB_FONT = "boxwright letters"
"""The family to name last in a style; a browser asks it for letters that none before it has."""


def web_font(text: str) -> str:
    """Gives a style rule with the letters of a text that usual fonts lack, of the font that comes with boxwright.

    It holds these letters only, some hundred bytes each.

    Args:
        text: What the page shows, or more.

    Returns:
        An `@font-face` rule; nothing if no letter needs it.
    """
    usual, own = first_fonts()
    letters = {ord(letter) for letter in set(text)} & letters_of(own) - letters_of(usual)
    if not letters:
        return ""
    subsetter = subset.Subsetter(subset.Options(layout_features=[], hinting=False, notdef_outline=True))
    subsetter.populate(unicodes=sorted(letters))
    encoded = io.BytesIO()
    with TTFont(own, lazy=True) as font:
        subsetter.subset(font)
        font.save(encoded)
    content = base64.b64encode(encoded.getvalue()).decode()
    return f'@font-face {{ font-family: "{WEB_FONT}"; src: url(data:font/ttf;base64,{content}); }}\n'
