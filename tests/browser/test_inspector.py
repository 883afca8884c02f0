"""The inspector's page shows the assignment that Python computed, to mouse and keyboard."""

import math
import re
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from playwright.sync_api import Page
from tests.unit.inspection.hand_made import hand_made

from boxwright.inspection import Inspection, inspect
from boxwright.structures import Assignment

SYSTEMS = ["ssd_tiny", "retinanet_r18", "yolov5n", "yolov8n", "yolov8n-seg"]


@pytest.fixture(scope="module")
def bccd() -> Inspection:
    return inspect("sample:bccd", SYSTEMS, images=2, canvas=224)


@pytest.fixture(scope="module")
def bccd_page(bccd: Inspection, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bccd.save(tmp_path_factory.mktemp("pages") / "bccd.html")


@pytest.fixture
def simple(tmp_path: Path) -> Path:
    return hand_made().save(tmp_path / "page.html")


def _wait(page: Page, image: int) -> None:
    """Waits until an image is drawn; by a locator, since the page forbids what is evaluated from text."""
    page.locator(f"body[data-ready='{image}']").wait_for(state="attached")


def _chosen(page: Page) -> int:
    return page.evaluate("state.target")


def _positives(page: Page, system: str) -> list[int]:
    """The priors that the table of a system shows as positives."""
    rows = page.locator(f'article[data-system="{system}"] tr[data-positive="true"]')
    return sorted(int(number) for number in rows.evaluate_all("rows => rows.map((row) => row.dataset.prior)"))


def _pairs(assignment: Assignment, target: int) -> list[int]:
    return sorted(assignment.prior[assignment.target == target].tolist())


def _compare(page: Page, inspection: Inspection, image: int, target: int, sampling: str) -> None:
    for system, told in zip(inspection.systems, inspection.images[image].explanations, strict=True):
        assignment = told.before if sampling == "before" else told.after
        assert _positives(page, system.name) == _pairs(assignment, target), (system.name, target, sampling)


def _click_in_overview(page: Page, inspection: Inspection, image: int, target: int) -> None:
    frame = page.locator("#overview").bounding_box()
    assert frame is not None
    shown = inspection.images[image]
    x1, y1, x2, y2 = shown.boxes[target].tolist()
    scale = frame["width"] / shown.size[1]
    page.mouse.click(frame["x"] + (x1 + x2) / 2 * scale, frame["y"] + (y1 + y2) / 2 * scale)


def test_a_clicked_target_shows_its_positives_under_every_system(opened, bccd: Inspection, bccd_page: Path) -> None:
    page = opened(bccd_page)
    for image in (0, 1):
        boxes = bccd.images[image].boxes
        areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
        for target in areas.argsort()[:3].tolist():  # of overlapping ones a click means the smallest
            _click_in_overview(page, bccd, image, target)
            assert _chosen(page) == target
            _compare(page, bccd, image, target, "after")
            page.click("#sampling-before")
            _compare(page, bccd, image, target, "before")
            page.click("#sampling-after")
        page.click("#next-image")
        _wait(page, 1 - image)


def test_every_target_of_an_image_by_keyboard(opened, bccd: Inspection, bccd_page: Path) -> None:
    page = opened(bccd_page)
    for target in range(len(bccd.images[0].boxes)):
        assert _chosen(page) == target
        _compare(page, bccd, 0, target, "after")
        page.keyboard.press("ArrowDown")


def test_a_panel_can_be_clicked_too(opened, bccd_page: Path) -> None:
    page = opened(bccd_page)
    page.keyboard.press("z")  # the whole image
    place = page.evaluate("toPanel((sample.boxes[2][0] + sample.boxes[2][2]) / 2, sample.boxes[2][1] + 1, panelSize())")
    frame = page.locator("article canvas").first.bounding_box()
    page.mouse.click(frame["x"] + place[0], frame["y"] + place[1])
    assert _chosen(page) == page.evaluate(
        "targetAt((sample.boxes[2][0] + sample.boxes[2][2]) / 2, sample.boxes[2][1] + 1, 1)"
    )
    assert _chosen(page) > 0


def test_a_prior_lies_in_the_picture_where_it_lies_in_the_image(opened, bccd: Inspection, bccd_page: Path) -> None:
    """The box of a prior, taken back from each canvas into the image by the page and by Python."""
    page = opened(bccd_page)
    for number, (system, letterbox) in enumerate(zip(bccd.systems, bccd.images[0].letterboxes, strict=True)):
        for prior in (0, len(system.priors) // 2, len(system.priors) - 1):
            x, y, width, height = system.priors.boxes[prior].tolist()
            box = torch.tensor([[x - width / 2, y - height / 2, x + width / 2, y + height / 2]])
            found = page.evaluate(
                "([k, i]) => boxInImage(priorAt(INDEX.systems[k], i), sample.results[k])", [number, prior]
            )
            assert found == pytest.approx(letterbox.to_original(box)[0].tolist(), abs=0.01)


def test_hovering_gives_prior_quality_overlap_score_and_reason(opened, bccd: Inspection, bccd_page: Path) -> None:
    page = opened(bccd_page)
    panel = SYSTEMS.index("yolov8n")
    page.locator("article canvas").nth(panel).scroll_into_view_if_needed()
    x, y, prior = page.evaluate(
        """(k) => {
          const { x, y, width, height } = slotOnPanel(panels[k].listed[0].prior, panels[k].result, panelSize());
          return [x + width / 2, y + height / 2, panels[k].listed[0].prior.index];
        }""",
        panel,
    )
    frame = page.locator("article canvas").nth(panel).bounding_box()
    page.mouse.move(frame["x"] + x, frame["y"] + y)
    words = page.locator("#tip").inner_text().split("\n")
    told = dict(zip(words[::2], words[1::2], strict=True))
    verdicts = bccd.images[0].explanations[panel].verdicts.of_target(0)
    (row,) = (verdicts.prior == prior).nonzero().flatten().tolist()
    assert told["prior"].startswith(f"{prior}, level ")
    for name, column in (("quality", verdicts.quality), ("IoU", verdicts.overlap), ("score", verdicts.score)):
        assert float(told[name]) == pytest.approx(float(column[row]), abs=6e-4)
    assert told["reason"] == "positive"
    page.mouse.move(frame["x"] - 5, frame["y"])
    assert page.locator("#tip").is_hidden()


def test_before_and_after_sampling_and_rejected_candidates(opened, simple: Path) -> None:
    page = opened(simple)

    def rows() -> list[tuple[str, ...]]:
        found = page.locator('article[data-system="points"] tr[data-prior]')
        return [
            tuple(row) for row in found.evaluate_all("rows => rows.map((r) => [r.dataset.prior, r.dataset.reason])")
        ]

    verdict = page.locator('article[data-system="points"] .verdict')
    assert rows() == [("9", "positive")]
    assert verdict.inner_text() == "1 positive (2 before sampling)"
    page.keyboard.press("s")
    assert verdict.inner_text() == "2 positives"
    assert rows() == [("9", "positive"), ("10", "positive, later dropped by the sampler")]
    page.keyboard.press("r")
    assert rows()[2:] == [("18", "below top-k")]
    page.keyboard.press("s")
    assert rows() == [("9", "positive"), ("10", "dropped by the sampler"), ("18", "below top-k")]
    page.keyboard.press("r")
    page.keyboard.press("ArrowDown")  # a target without a positive: its candidates are shown all the same
    assert rows() == [("21", "lost to another target"), ("66", "outside the box")]
    assert page.locator('article[data-system="points"] .verdict').inner_text() == "no positive"


def test_numbers_that_are_not_there_are_dashes(opened, simple: Path) -> None:
    page = opened(simple)
    page.keyboard.press("End")
    page.keyboard.press("ArrowUp")
    cells = page.locator('article[data-system="points"] tr[data-prior="66"] td').all_inner_texts()
    assert cells == ["16", "66", "40, 8", "–", "–", "–"]


def test_ignored_priors_are_drawn(opened, simple: Path) -> None:
    page = opened(simple)
    page.keyboard.press("z")
    picture = "panels[0].canvas.toDataURL()"
    plain = page.evaluate(picture)
    page.keyboard.press("i")
    assert page.evaluate(picture) != plain
    words = page.locator('article[data-system="points"] .reasons')
    assert words.inner_text().endswith("Ignored: 2 of 80 priors.")
    page.keyboard.press("s")  # before sampling nothing is ignored
    page.evaluate("state.target = -1; choose(-1)")
    without = page.evaluate(picture)
    page.keyboard.press("i")
    page.evaluate("choose(-1)")
    assert page.evaluate(picture) == without


def test_a_better_positive_is_drawn_stronger(opened, simple: Path) -> None:
    """On a grey picture the fill of quality ⅞ differs from grey by more than that of ½."""
    page = opened(simple)
    page.keyboard.press("s")
    strengths = page.evaluate(
        """() => panels[0].listed.map((row) => {
          const { x, y, width, height } = slotOnPanel(row.prior, panels[0].result, panelSize());
          const pixel = panels[0].canvas.getContext("2d").getImageData(x + width / 2, y + height * 0.8, 1, 1).data;
          return Math.abs(pixel[2] - pixel[0]);
        })"""
    )
    assert len(strengths) == 2
    assert strengths[0] > strengths[1] + 20 > 40


def test_levels_can_be_hidden(opened, simple: Path) -> None:
    page = opened(simple)
    button = page.locator('article[data-system="points"] .level').first
    assert button.get_attribute("aria-label") == "stride 8: 1 positives"
    button.click()
    assert _positives(page, "points") == []
    button.click()
    assert _positives(page, "points") == [9]


def test_filters(opened, bccd: Inspection, bccd_page: Path, simple: Path) -> None:
    page = opened(simple)
    listed = "[...byId('targets').children].map((item) => item.id)"
    assert page.evaluate(listed) == ["target-0", "target-1", "target-2"]
    page.select_option("#filter", label="without positive: anchors")
    assert page.evaluate(listed) == ["target-1"]  # the ignored region is no object
    page.focus("#targets")  # a list of filters has its own keys
    page.keyboard.press("f")
    assert page.evaluate("state.filter") == "all"
    page.select_option("#label", label="dust")
    assert page.evaluate(listed) == ["target-1"]
    page = opened(bccd_page)
    page.select_option("#filter", label="without positive: retinanet_r18")
    told = bccd.images[0].explanations[1]
    counts = torch.bincount(told.after.target, minlength=len(bccd.images[0].boxes))
    lacking = [f"target-{i}" for i in ((counts == 0) & ~bccd.images[0].ignore).nonzero().flatten().tolist()]
    assert page.evaluate(listed) == lacking
    assert len(lacking) == int(page.locator("#thumbnail-0 span").inner_text().split("/")[0])


def test_the_chosen_thumbnail_is_in_sight(opened, bccd: Inspection, bccd_page: Path) -> None:
    """In a list that scrolls, which is narrower or lower than its entries."""
    last = len(bccd.images) - 1
    for size in ({"height": 200}, {"width": 160}):
        page = opened(bccd_page, **size)
        page.locator("#image").select_option(index=last)
        _wait(page, last)
        assert page.evaluate(
            """last => {
              const list = document.getElementById("thumbnails").getBoundingClientRect();
              const entry = document.getElementById(`thumbnail-${last}`).getBoundingClientRect();
              return entry.top > list.top - 1 && entry.bottom < list.bottom + 1 &&
                entry.left > list.left - 1 && entry.right < list.right + 1;
            }""",
            last,
        )


def test_by_keyboard_alone(opened, bccd: Inspection, bccd_page: Path) -> None:
    page = opened(bccd_page)
    seen = []
    for _ in range(60):
        page.keyboard.press("Tab")
        name, outline, said = page.evaluate(
            """() => {
              const it = document.activeElement, style = getComputedStyle(it);
              const said = it.getAttribute("aria-label") || it.labels?.[0]?.textContent || it.textContent;
              return [it.id || it.tagName, style.outlineStyle + style.outlineWidth, said.trim()];
            }"""
        )
        if name == "BODY":
            break
        assert outline == "solid2px", name
        assert said, name
        seen.append(name)
    wanted = {
        "image",
        "filter",
        "label",
        "sampling-before",
        "rejected",
        "ignored",
        "theme",
        "help",
        "thumbnails",
        "targets",
    }
    assert wanted <= set(seen)
    assert seen.count("TR") == len(SYSTEMS), "one stop per table, whatever its length"

    page.keyboard.press("3")
    assert page.evaluate("document.activeElement.closest('article').dataset.system") == SYSTEMS[2]
    first = page.locator("#tip").inner_text()
    page.keyboard.press("ArrowDown")
    assert page.locator("#tip").inner_text() != first
    assert _chosen(page) == 0, "in a table the arrows go from prior to prior"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.id") == "targets"
    page.keyboard.press("ArrowDown")
    assert _chosen(page) == 1
    page.keyboard.press("End")
    assert _chosen(page) == len(bccd.images[0].boxes) - 1
    page.keyboard.press("?")
    assert page.locator("#keys").is_visible()
    page.keyboard.press("n")
    page.keyboard.press("Escape")
    assert page.locator("#keys").is_hidden()
    assert page.evaluate("state.image") == 0
    page.keyboard.press("n")
    _wait(page, 1)
    assert _chosen(page) == 0


def _contrast(first: list[int], second: list[int]) -> float:
    """As WCAG 2 defines it."""

    def luminance(color: list[int]) -> float:
        parts = [value / 255 for value in color]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_theme_follows_the_system_and_the_toggle(opened, simple: Path, theme: str) -> None:
    page = opened(simple, theme=theme)
    other = "dark" if theme == "light" else "light"
    shown = "document.documentElement.dataset.theme"
    assert page.evaluate(shown) == theme
    for text, back in (
        ("text", "panel"),
        ("soft", "panel"),
        ("soft", "back"),
        ("warn", "warn-back"),
        ("on-accent", "accent"),
    ):
        colors = page.evaluate(
            """(names) => names.map((name) => {
              const probe = document.createElement("i");
              probe.style.color = `var(--${name})`;
              document.body.append(probe);
              const found = getComputedStyle(probe).color.match(/\\d+/g).map(Number);
              probe.remove();
              return found;
            })""",
            [text, back],
        )
        assert _contrast(*colors) >= 4.5, (text, back)
    page.emulate_media(color_scheme=other)
    page.locator(f"html[data-theme={other}]").wait_for(state="attached")
    page.keyboard.press("t")
    assert page.evaluate(shown) == theme
    page.emulate_media(color_scheme=theme)
    page.emulate_media(color_scheme=other)
    page.evaluate("new Promise((done) => requestAnimationFrame(done))")
    assert page.evaluate(shown) == theme, "what was chosen stays"


def test_200_images(opened, tmp_path: Path) -> None:
    page = opened(hand_made(200).save(tmp_path / "many.html"))
    assert page.locator("#thumbnails li").count() == 200
    for key, wanted in (("n", 1), ("n", 2), ("p", 1), ("p", 0), ("p", 199), ("n", 0)):
        page.keyboard.press(key)
        _wait(page, wanted)
        assert page.locator("#image").input_value() == str(wanted)
        assert page.locator('#thumbnails [aria-selected="true"]').get_attribute("id") == f"thumbnail-{wanted}"
    page.locator("#thumbnail-120").click()
    _wait(page, 120)
    assert page.evaluate("sample.name") == "image 120"
    page.focus("#thumbnails")
    page.keyboard.press("ArrowDown")
    _wait(page, 121)
    # the grey of the picture says which image is drawn
    grey = page.evaluate("byId('overview').getContext('2d').getImageData(2, 100, 1, 1).data[0]")
    assert grey == pytest.approx(121 * 0.8, abs=6)  # the overview is dimmed


def test_500_targets(opened, tmp_path: Path) -> None:
    made = hand_made()
    image = made.images[0]
    corner = torch.cartesian_prod(torch.arange(20) * 3.0, torch.arange(25) * 1.9).flip(1)
    many = replace(
        image,
        boxes=torch.cat((corner, corner + 1.5), dim=1),
        labels=torch.zeros(500, dtype=torch.int64),
        ignore=torch.zeros(500, dtype=torch.bool),
    )
    page = opened(replace(made, images=(many,)).save(tmp_path / "crowd.html"))
    assert page.locator("#targets li").count() == 500
    page.keyboard.press("End")
    assert _chosen(page) == 499
    assert page.locator("#target-499").evaluate("it => it.getBoundingClientRect().bottom < innerHeight + 1")
    _click_in_overview(page, replace(made, images=(many,)), 0, 250)
    assert _chosen(page) == 250
    zoom = page.evaluate("viewport.zoom")
    assert 1.5 * zoom > 20, "a target of 1.5 pixels is shown large enough to see"


def test_zoom_and_move(opened, simple: Path) -> None:
    page = opened(simple)
    zoom, x = page.evaluate("[viewport.zoom, viewport.x]")
    page.keyboard.press("+")
    page.keyboard.press("l")
    closer, right = page.evaluate("[viewport.zoom, viewport.x]")
    assert closer == pytest.approx(1.4 * zoom)
    assert right > x
    page.keyboard.press("z")
    whole = page.evaluate("[viewport.x, viewport.y]")
    assert whole == [32, 24]
    frame = page.locator("article canvas").first.bounding_box()
    page.mouse.move(frame["x"] + 100, frame["y"] + 100)
    page.mouse.down()
    page.mouse.move(frame["x"] + 60, frame["y"] + 90)
    page.mouse.up()
    moved = page.evaluate("[viewport.x, viewport.y]")
    assert moved[0] > whole[0]
    assert moved[1] > whole[1]


@pytest.mark.parametrize(
    "text",
    ["</script><script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{data}} \\u003c 'größe' 细胞", "a\nb"],
)
def test_names_are_only_names(opened, tmp_path: Path, text: str) -> None:
    page = opened(hand_made(2, title=text, categories=(text, "other"), name=text).save(tmp_path / "names.html"))

    def squeezed(found: str) -> str:
        return re.sub(r"\s+", " ", found).strip()

    assert squeezed(page.locator("h1").inner_text()) == squeezed(text)
    assert squeezed(page.locator("#target-0 .label").inner_text()) == squeezed(text)
    assert page.evaluate("[INDEX.title, INDEX.categories[0], INDEX.images[1].name]") == [text, text, f"{text} 1"]
    assert page.locator("img").count() == 2, "the thumbnails alone"


def test_letters_that_a_machine_may_lack_come_with_the_page(opened, tmp_path: Path) -> None:
    page = opened(hand_made(2, categories=("猫", "강아지")).save(tmp_path / "letters.html"))
    assert page.evaluate("document.fonts.ready.then(() => [...document.fonts].map(font => font.status))") == ["loaded"]
    plain = opened(hand_made(2, categories=("cat", "ظبي")).save(tmp_path / "plain.html"))
    assert plain.evaluate("document.fonts.size") == 0


def test_in_a_notebook(opened, tmp_path: Path) -> None:
    path = tmp_path / "notebook.html"
    path.write_text(f"<!DOCTYPE html><title>n</title><body>{hand_made()._repr_html_()}</body>", "utf-8")
    page = opened(path)
    frame = page.frames[1]
    frame.locator("body[data-ready='0']").wait_for(state="attached")
    frame.locator("#target-1").click()
    assert frame.locator('article[data-system="anchors"] .verdict').inner_text() == "no positive"


def test_a_narrow_window_has_no_sideways_scrolling(opened, bccd_page: Path) -> None:
    page = opened(bccd_page, width=420, height=800)
    assert page.evaluate("document.documentElement.scrollWidth") <= 420
    assert not math.isnan(page.evaluate("viewport.zoom"))
