"""Names of strangers in matplotlib's figures."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib
from matplotlib import font_manager

from boxwright.lettering.fonts import first_fonts, fonts_for


@contextmanager
def figure_text(names: Iterable[str]) -> Iterator[None]:
    """Draws and saves a figure in which these names appear: as they are, no mathematics, with fonts that have them.

    Names go through `showable` first; those in a legend are set after it is
    made, since matplotlib leaves out what begins with `_`.

    Args:
        names: As they will be drawn.
    """
    families = [_family(str(font)) for font in dict.fromkeys((*first_fonts(), *fonts_for("".join(names))))]
    settings: Any = {"text.parse_math": False, "font.family": families}
    with matplotlib.rc_context(settings):
        yield


def _family(font: str) -> str:
    """Makes a font file known to matplotlib and gives the name of its family."""
    known = next((each.name for each in font_manager.fontManager.ttflist if each.fname == font), None)
    if known is not None:
        return str(known)
    font_manager.fontManager.addfont(font)
    return str(font_manager.get_font(font).family_name)
