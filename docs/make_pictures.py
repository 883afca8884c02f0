"""Makes the pictures of label_assignment.md with the inspector itself, from the bundled photographs.

And of the validation sheet of the nuclei, which a training wrote, the strip that the first pages begin with.
Needs Chromium and the development dependencies: `.venv/bin/python docs/make_pictures.py`.
"""

import io
import shutil
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from boxwright import inspect

FOLDER = Path(__file__).parent / "images"
SYSTEMS = ["ssd_tiny", "retinanet_r18", "yolov5n", "yolov8n", "yolov8n-seg"]
PHOTOGRAPHS = ["BloodImage_00017.jpg", "BloodImage_00089.jpg"]
WHITE_CELL, PLATELET = 0, 17  # targets of the first photograph
LEGEND, ROW = 40, (464, 970)  # pixels of the sheet
NO_TABLES = ".scroll, .legend { display: none } #systems { grid-template-columns: repeat(5, 1fr); flex: none }"


def main() -> None:
    _result()
    inspection = inspect("sample:bccd", SYSTEMS, images=PHOTOGRAPHS, title="Blood cells under five systems")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        path = inspection.save(Path(folder) / "page.html")
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--font-render-hinting=none"]
        )
        page = chromium.new_page(viewport={"width": 1480, "height": 940})
        _open(page, path)
        _show(page, WHITE_CELL)
        _keep(page, "inspector.png")
        page.emulate_media(color_scheme="dark")
        _show(page, 4)
        page.keyboard.press("r")
        page.keyboard.press("5")
        _keep(page, "inspector_dark.png")
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": 2060, "height": 900})
        _open(page, path)
        page.add_style_tag(content=NO_TABLES)
        for target, name in ((WHITE_CELL, "white_cell.png"), (PLATELET, "platelet.png")):
            _show(page, target)
            _keep(page, name, "#systems")
        _panels(page)
        chromium.close()


def _result() -> None:
    """The legend of the sheet, and its second row."""
    with Image.open(FOLDER.parent / "assets/nuclei_yolov8n_seg.jpg") as sheet:
        legend, row = sheet.crop((0, 0, sheet.width, LEGEND)), sheet.crop((0, ROW[0], sheet.width, ROW[1]))
    strip = Image.new("RGB", (legend.width, legend.height + row.height), "white")
    strip.paste(legend)
    strip.paste(row, (0, legend.height))
    strip.save(FOLDER / "result.jpg", quality=90)


def _panels(page: Page) -> None:
    """Pictures of single systems: what they reject, and what does not count."""
    page.set_viewport_size({"width": 1900, "height": 1000})
    page.add_style_tag(content="#systems { grid-template-columns: repeat(3, 460px); }")
    _show(page, 8)
    page.keyboard.press("r")
    for system in SYSTEMS[:4]:
        _keep(page, f"rejected_{system}.png", f'article[data-system="{system}"]')
    page.keyboard.press("r")
    page.keyboard.press("i")
    page.keyboard.press("z")
    for moment in ("before", "after"):
        page.click(f"#sampling-{moment}")
        _keep(page, f"sampling_{moment}.png", 'article[data-system="ssd_tiny"] canvas')


def _open(page: Page, path: Path) -> None:
    page.goto(path.as_uri())
    page.locator("body[data-ready]").wait_for(state="attached")


def _show(page: Page, target: int) -> None:
    page.locator(f"#target-{target}").click()
    page.mouse.move(0, 0)


def _keep(page: Page, name: str, part: str | None = None) -> None:
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    taken = page.screenshot() if part is None else page.locator(part).screenshot()
    FOLDER.mkdir(exist_ok=True)
    Image.open(io.BytesIO(taken)).convert("RGB").save(FOLDER / name, optimize=True)


if __name__ == "__main__":
    main()
