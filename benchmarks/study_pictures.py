"""Pictures of a study: the inspector, over one object, under the models that were trained with each assigner.

python -m benchmarks.study_pictures DEEPPCB 00041206_test.jpg 3 --output runs/assigner_study --picture study.png
"""

import argparse
import io
import shutil
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from benchmarks.assigner_study import ASSIGNERS, OWN, PLAIN
from boxwright import inspect

HIDDEN = ".scroll, .legend { display: none }"
PANELS = "#systems { grid-template-columns: repeat(%d, 1fr); flex: none }"
WIDTH, HEIGHT = 490, 900  # pixels of a panel, and of the window


def models(study: Path, data: str, into: Path) -> list[Path]:
    """Copies the models of seed 0 so that their names are those of the assigners."""
    copies = []
    for part in ASSIGNERS:
        run = study / f"{Path(data).name}-{PLAIN}-{'own' if part in OWN else part}-0" / "train"
        copies.append(into / f"{part}.safetensors")
        shutil.copyfile(run / "weights" / "best.safetensors", copies[-1])
    return copies


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("image", help="its name")
    parser.add_argument("target", type=int, help="number of the object in the image")
    parser.add_argument("--output", type=Path, default=Path("runs/assigner_study"), help="folder of the study")
    parser.add_argument("--picture", type=Path, default=Path("study.png"))
    flags = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        copies = models(flags.output, flags.data, Path(scratch))
        page_file = inspect(flags.data, checkpoint=copies, images=[flags.image]).save(Path(scratch, "page.html"))
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = chromium.new_page(viewport={"width": WIDTH * len(copies), "height": HEIGHT})
        page.goto(page_file.as_uri())
        page.locator("body[data-ready]").wait_for(state="attached")
        page.add_style_tag(content=HIDDEN + PANELS % len(copies))
        page.locator(f"#target-{flags.target}").click()
        page.mouse.move(0, 0)
        page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        taken = page.locator("#systems").screenshot()
        Image.open(io.BytesIO(taken)).convert("RGB").save(flags.picture, optimize=True)
        chromium.close()


if __name__ == "__main__":
    main()
