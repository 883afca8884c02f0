"""Web pages of one file, which load nothing, and in which no text can become markup."""

import json
import re
from base64 import b64encode
from collections.abc import Mapping
from html import escape
from typing import Any

_PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")


def web_page(template: str, *, title: str, style: str, blocks: Mapping[str, Any], script: str) -> str:
    """Writes a page.

    Args:
        template: HTML with the places {{title}}, {{style}}, {{data}} and {{script}}.
        title: Any text.
        style: Rules.
        blocks: What the script reads from elements of these ids, as values that JSON knows.
        script: Statements.
    """
    data = "\n".join(
        f'<script type="application/json" id="{name}">{as_json(value)}</script>' for name, value in blocks.items()
    )
    parts = {"title": escape(title), "style": style, "data": data, "script": script}
    # in one pass: what is put in is not searched again, whatever it holds
    return _PLACEHOLDER.sub(lambda found: parts[found[1]], template)


def as_json(value: Any) -> str:
    """Writes a value so that it may stand in a script element: nothing in it can end the element.

    Args:
        value: Of dictionaries, lists, strings and finite numbers.
    """
    return json.dumps(value, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")


def data_address(jpeg: bytes) -> str:
    """Writes a JPEG file as an address that holds the file itself.

    Args:
        jpeg: The bytes of the file.
    """
    return "data:image/jpeg;base64," + b64encode(jpeg).decode("ascii")
