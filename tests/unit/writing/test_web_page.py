"""Pages of one file; that any text comes out as it went in is tested with the inspector's page too."""

import json

import pytest

from boxwright.writing.web_page import as_json, data_address, web_page

TEMPLATE = "<title>{{title}}</title><style>{{style}}</style>{{data}}<script>{{script}}</script>"


def test_every_place_is_filled_once_and_texts_are_no_markup() -> None:
    page = web_page(TEMPLATE, title="<b>{{script}}", style="p {}", blocks={"x": "{{title}}</script>"}, script="run()")
    assert page == (
        "<title>&lt;b&gt;{{script}}</title><style>p {}</style>"
        '<script type="application/json" id="x">"{{title}}\\u003c/script>"</script><script>run()</script>'
    )


def test_a_picture_is_its_own_address() -> None:
    assert data_address(b"abc") == "data:image/jpeg;base64,YWJj"


def test_json_cannot_end_a_script() -> None:
    assert "<" not in as_json({"</script>": "<!--"})
    assert json.loads(as_json({"</script>": "<!--"})) == {"</script>": "<!--"}


def test_numbers_must_be_finite() -> None:
    with pytest.raises(ValueError, match="JSON"):
        as_json([float("nan")])
