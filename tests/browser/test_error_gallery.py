"""The page of errors shows every error, to filters, mouse and keyboard, and no name becomes markup."""

from pathlib import Path

import pytest
import torch
from playwright.sync_api import Page

from boxwright.evaluation.errors import DetectionError, ErrorSurvey
from boxwright.evaluation.errors.gallery import write_gallery
from boxwright.structures import GroundTruth, ImageOrigin, Sample

NASTY = '</script><img src=x onerror="alert(1)">'
BOX, OTHER = (10.0, 10.0, 30.0, 30.0), (14.0, 10.0, 34.0, 30.0)


class _Images:
    """Two images with names and categories as strangers write them."""

    categories = (NASTY, "赤血球", "plain")
    category_ids = (0, 1, 2)

    def __len__(self) -> int:
        return 2

    def _origin(self, position: int) -> ImageOrigin:
        return ImageOrigin(position + 1, f"/data/{(NASTY.replace('/', ''), '写真.png')[position]}", (60, 80))

    def __getitem__(self, position: int) -> Sample:
        nothing = torch.zeros(0, dtype=torch.int64)
        image = torch.full((3, 60, 80), 40 + 150 * position, dtype=torch.uint8)
        return Sample(image, torch.zeros(0, 4), nothing, nothing.bool(), self._origin(position))

    def truth(self, position: int) -> GroundTruth:
        sample = self[position]
        return GroundTruth(sample.boxes, sample.labels, sample.ignore, torch.zeros(0), sample.origin)


ERRORS = (
    DetectionError("miss", 1, "a", 400.0, true_box=BOX, true_label=0),
    DetectionError("false alarm", 1, "a", 400.0, found_box=BOX, found_label=1, score=0.75),
    DetectionError("wrong class", 2, "b", 4000.0, BOX, 1, OTHER, 2, 0.5, 0.6),
    DetectionError("poor box", 2, "b", 4000.0, BOX, 1, OTHER, 1, 0.5, 0.4),
    DetectionError("double", 2, "b", 40000.0, BOX, 0, OTHER, 0, 0.5, 0.6),
)


@pytest.fixture
def page(opened, tmp_path: Path) -> Page:
    survey = ErrorSurvey(0.3, ERRORS, {})
    path = write_gallery(survey, _Images(), [1, 0], tmp_path / "errors.html", title=f"Errors {NASTY}", folder="/data/")
    return opened(path)


def _kinds(page: Page) -> list[str]:
    return page.locator("#cards .kind").all_inner_texts()


def test_every_error_has_a_card_with_its_picture_and_the_worst_image_comes_first(page: Page) -> None:
    assert _kinds(page) == ["wrong class", "poor box", "double", "miss", "false alarm"]
    page.locator('#cards canvas[data-drawn="true"]').nth(4).wait_for()
    pixel = "canvas => [...canvas.getContext('2d').getImageData(180, 180, 1, 1).data]"
    for card, grey in ((0, 190), (3, 40)):  # the middle of the box, in the grey of its image
        red, green, blue, _ = page.locator("#cards canvas").nth(card).evaluate(pixel)
        assert max(abs(value - grey) for value in (red, green, blue)) < 12
    texts = page.locator("#cards li").all_inner_texts()
    assert "赤血球 taken for plain 0.50" in texts[0]
    assert f"{NASTY} not found" in texts[3]
    assert "写真.png" in texts[0]
    assert page.locator("#cards img").count() == 0


def test_filters_work_alone_and_together(page: Page) -> None:
    page.select_option("#kind", "miss")
    assert _kinds(page) == ["miss"]
    page.click("#reset")
    page.select_option("#class", label="赤血球")
    assert _kinds(page) == ["wrong class", "poor box", "false alarm"]
    page.select_option("#size", "medium")
    assert _kinds(page) == ["wrong class", "poor box"]
    page.select_option("#size", "large")
    assert _kinds(page) == []
    assert page.locator("#empty").is_visible()
    page.click("#reset")
    assert len(_kinds(page)) == 5
    assert page.locator("#summary").inner_text().startswith("5 of 5 errors, detections with a score over 0.3")


def test_an_error_is_opened_and_closed_by_keyboard(page: Page) -> None:
    page.locator("#cards button").nth(1).focus()
    page.keyboard.press("Enter")
    page.locator("#whole[open]").wait_for()
    assert page.locator("#whole-name").inner_text() == "写真.png"
    assert "poor box: 赤血球 0.50, IoU 0.40" in page.locator("#about").inner_text()
    page.keyboard.press("Escape")
    page.locator("#whole[open]").wait_for(state="detached")


def test_names_in_scripts_without_a_usual_font_come_with_their_letters(page: Page) -> None:
    assert page.evaluate("document.fonts.size") == 1


def test_many_errors_come_in_portions(opened, tmp_path: Path) -> None:
    survey = ErrorSurvey(0.3, ERRORS[:1] * 300, {})
    page = opened(write_gallery(survey, _Images(), [0], tmp_path / "errors.html", title="x"))
    assert page.locator("#cards li").count() == 120
    page.click("#more")
    page.click("#more")
    assert page.locator("#cards li").count() == 300
    assert page.locator("#more").is_hidden()


def test_a_model_without_errors_has_a_page(opened, tmp_path: Path) -> None:
    page = opened(write_gallery(ErrorSurvey(0.3, (), {}), _Images(), [], tmp_path / "e.html", title="x"))
    assert page.locator("#empty").is_visible()
