"""One HTML document that holds its style, its script and its data."""

import json
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from boxwright.lettering.web_font import web_font
from boxwright.writing.web_page import web_page

SCRIPTS = ("reading.js", "viewport.js", "drawing.js", "images.js", "targets.js", "panels.js", "page.js")
"""In the order in which they are run."""


def page_file(title: str, index: dict[str, Any], images: Sequence[dict[str, Any]]) -> str:
    """Writes the document; images are read from it one by one, when they are shown.

    Args:
        title: Of the page.
        index: From `index_values`.
        images: From `image_values`, in the order of the index.
    """
    return web_page(
        _asset("page.html"),
        title=title,
        style=web_font(title + json.dumps(index, ensure_ascii=False)) + _asset("page.css"),
        blocks={"index": index, **{f"image-{number}": values for number, values in enumerate(images)}},
        script="\n".join(_asset(name) for name in SCRIPTS),
    )


def _asset(name: str) -> str:
    return files("boxwright.inspection.page").joinpath("assets", name).read_text("utf-8")
