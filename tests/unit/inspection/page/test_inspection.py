"""An inspection checks its parts, saves itself and shows itself in a notebook."""

from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from tests.unit.inspection.hand_made import hand_made

from boxwright.errors import ConfigError


def test_it_saves_what_it_shows(tmp_path: Path) -> None:
    made = hand_made()
    path = made.save(tmp_path / "new" / "größe.html")
    assert path.read_text("utf-8") == made.html()
    assert [file.name for file in path.parent.iterdir()] == ["größe.html"]


def test_a_name_that_is_no_text_can_be_saved(tmp_path: Path) -> None:
    """Linux allows file names that are no UTF-8; Python reads them as lone surrogates."""
    made = hand_made(title="byte \udc80", name="byte \udc80")
    assert rb"byte \udc80" in made.save(tmp_path / "page.html").read_bytes()


def test_in_a_notebook_it_is_a_frame_with_the_page_inside() -> None:
    made = hand_made(title='say "hi" & go')
    shown = made._repr_html_()
    assert shown.startswith("<iframe ")
    assert shown.endswith("</iframe>")
    inside = shown.split('srcdoc="', 1)[1].split('"', 1)[0]
    assert unescape(inside) == made.html()


def test_there_must_be_something_to_show() -> None:
    made = hand_made()
    with pytest.raises(ConfigError, match="needs a system and an image; found 2 and 0"):
        replace(made, images=())
    with pytest.raises(ConfigError, match="found 0 and 1"):
        replace(made, systems=())


def test_systems_have_names_of_their_own() -> None:
    made = hand_made()
    with pytest.raises(ConfigError, match="name of its own"):
        replace(made, systems=(made.systems[0], made.systems[0]))


def test_every_image_is_explained_under_every_system() -> None:
    made = hand_made()
    with pytest.raises(ConfigError, match="image 0 has 2 explanations for 1 system"):
        replace(made, systems=made.systems[:1])
