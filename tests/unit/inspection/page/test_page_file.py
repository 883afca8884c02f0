"""The document loads nothing, and nothing in the data can break out of it."""

import json
import re
from html.parser import HTMLParser

import pytest

from boxwright.inspection.page.page_file import page_file

NASTY = [
    "</script><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "a & b < c > d",
    "{{script}} {{title}} {{data}}",
    "größe 细胞 клетка",
    "line\u2028paragraph\u2029",
    "<!-- <script>",
    r"back\slash \u003c \1 \g<0>",
    "lone \udc80 byte",
]


class _Reader(HTMLParser):
    """Collects scripts, and what would be loaded."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks: dict[str, str] = {}
        self.loaded: list[str] = []
        self.scripts = 0
        self.title = ""
        self._open: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.loaded += [f"{tag} {name}" for name in ("src", "href", "srcset", "data") if name in values]
        self._open = tag
        if tag == "script":
            self.scripts += 1
            self._open = values.get("id") or tag

    def handle_data(self, data: str) -> None:
        if self._open == "title":
            self.title += data
        elif self._open == "index" or (self._open or "").startswith("image-"):
            self.blocks[str(self._open)] = self.blocks.get(str(self._open), "") + data

    def handle_endtag(self, tag: str) -> None:
        self._open = None


def _parsed(document: str) -> _Reader:
    reader = _Reader()
    reader.feed(document)
    reader.close()
    return reader


@pytest.mark.parametrize("text", NASTY, ids=lambda text: ascii(text[:12]))
def test_any_text_comes_out_as_it_went_in(text: str) -> None:
    index, image = {"title": text, "categories": [text]}, {"name": text}
    reader = _parsed(page_file(text, index, [image, image]))
    assert reader.title == text
    assert {name: json.loads(block) for name, block in reader.blocks.items()} == {
        "index": index,
        "image-0": image,
        "image-1": image,
    }
    assert reader.scripts == 5  # three blocks of data, one for the theme, one with everything else


def test_nothing_is_loaded() -> None:
    document = page_file("x", {}, [])
    reader = _parsed(document)
    assert reader.loaded == []
    assert not re.search(r"https?:|//[a-z]+\.|@import|url\(", document)
    assert "default-src 'none'" in document


def test_all_placeholders_are_filled() -> None:
    assert "{{" not in page_file("x", {}, [])
