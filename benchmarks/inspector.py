"""How large the page of the inspector is, how long it takes to make, and to open in Chromium."""

import shutil
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import torch

from benchmarks.cells import MEGABYTE, row
from boxwright import inspect
from boxwright.data import Dataset, from_torch

SYSTEMS = ("ssd_tiny", "retinanet_r18", "yolov5n", "yolov8n", "yolov8n-seg")
HEIGHT, WIDTH = 603, 1272
SIDES = (5, 30)
CASES = ((1, 375, SYSTEMS, None), (1, 500, SYSTEMS, None), (200, 12, ("yolov5n", "yolov8n"), 320))
LIMIT, OPENINGS = 2.0, 5


def inspector_table(device: torch.device) -> None:
    print(f"\nThe inspector's page: generated images of {WIDTH} × {HEIGHT}, sides {SIDES[0]} to {SIDES[1]} px")
    print(f"open = from the start of the navigation to the first drawn image, median of {OPENINGS}; limit {LIMIT:g} s")
    print(row("images", "targets", "systems", "inspect s", "MB", "open s"))
    for images, targets, systems, canvas in CASES:
        start = time.perf_counter()
        inspection = inspect(_generated(images, targets), systems, images=images, canvas=canvas, device=str(device))
        seconds = time.perf_counter() - start
        with tempfile.TemporaryDirectory() as folder:
            path = inspection.save(Path(folder) / "page.html")
            size, opening = path.stat().st_size / MEGABYTE, opening_seconds(path)
        shown = "no Chromium" if opening is None else f"{opening:.2f}"
        print(row(str(images), str(targets), str(len(systems)), f"{seconds:.1f}", f"{size:.1f}", shown), flush=True)


def opening_seconds(page: Path) -> float | None:
    """Opens a page some times in a fresh tab; None without Chromium."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        return None
    times = []
    from playwright.sync_api import sync_playwright  # the other tables run without it

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for _ in range(OPENINGS):
            tab = browser.new_page(viewport={"width": 1500, "height": 950})
            tab.goto(page.as_uri())
            tab.locator("body[data-ready]").wait_for(state="attached")
            times.append(tab.evaluate("performance.getEntriesByName('drawn')[0].startTime") / 1000)
            tab.close()
        browser.close()
    return statistics.median(times)


def _generated(images: int, targets: int) -> Dataset:
    generator = torch.Generator().manual_seed(0)
    return from_torch(_Generated(images, targets, generator), ("object",), first_label=0)


class _Generated:
    """Noise with boxes."""

    def __init__(self, images: int, targets: int, generator: torch.Generator) -> None:
        self.items: Sequence[tuple[torch.Tensor, dict[str, torch.Tensor]]] = [
            _item(targets, generator) for _ in range(images)
        ]

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, position: int) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        return self.items[position]


def _item(targets: int, generator: torch.Generator) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    coarse = torch.randint(0, 256, (1, 3, HEIGHT // 16, WIDTH // 16), dtype=torch.uint8, generator=generator)
    image = torch.nn.functional.interpolate(coarse.float(), (HEIGHT, WIDTH), mode="bilinear")[0].to(torch.uint8)
    sides = SIDES[0] + torch.rand(targets, 2, generator=generator) * (SIDES[1] - SIDES[0])
    corners = torch.rand(targets, 2, generator=generator) * (torch.tensor([WIDTH, HEIGHT]) - sides)
    boxes = torch.cat((corners, corners + sides), dim=1)
    return image, {"boxes": boxes, "labels": torch.zeros(targets, dtype=torch.int64)}
