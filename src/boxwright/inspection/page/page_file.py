"""One HTML document that holds its style, its script and its data."""

import json
import re
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from typing import Any

from boxwright.lettering.web_font import web_font

SCRIPTS = ("reading.js", "viewport.js", "drawing.js", "images.js", "targets.js", "panels.js", "page.js")
"""In the order in which they are run."""

_PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")


def page_file(title: str, index: dict[str, Any], images: Sequence[dict[str, Any]]) -> str:
    """Writes the document; images are read from it one by one, when they are shown.

    Args:
        title: Of the page.
        index: From `index_values`.
        images: From `image_values`, in the order of the index.
    """
    blocks = [_block("index", index), *(_block(f"image-{number}", values) for number, values in enumerate(images))]
    parts = {
        "title": escape(title),
        "style": web_font(title + json.dumps(index, ensure_ascii=False)) + _asset("page.css"),
        "data": "\n".join(blocks),
        "script": "\n".join(_asset(name) for name in SCRIPTS),
    }
    # in one pass: what is put in is not searched again, whatever it holds
    return _PLACEHOLDER.sub(lambda found: parts[found[1]], _asset("page.html"))


def as_json(value: Any) -> str:
    """Writes a value so that it may stand in a script element: nothing in it can end the element.

    Args:
        value: Of dictionaries, lists, strings and finite numbers.
    """
    return json.dumps(value, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")


def _block(name: str, value: Any) -> str:
    return f'<script type="application/json" id="{name}">{as_json(value)}</script>'


def _asset(name: str) -> str:
    return files("boxwright.inspection.page").joinpath("assets", name).read_text("utf-8")
