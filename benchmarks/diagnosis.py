"""How long a diagnosis takes over a data set of 100,000 targets, for systems that need no images."""

import resource
import time

import numpy as np
import torch

from benchmarks.cells import MEGABYTE
from boxwright.data import TableDataset
from boxwright.data.formats.annotation_table import AnnotationTable
from boxwright.inspection import diagnose

IMAGES, TARGETS, CATEGORIES = 10_000, 100_000, 80
HEIGHT, WIDTH = 480, 640
SIDES = (4, 256)
SYSTEMS = ("ssd_tiny", "ssd300_light", "retinanet_r18", "yolov5n")
LIMIT = 60  # seconds


def diagnosis_table(device: torch.device) -> None:
    del device
    dataset = generated(IMAGES, TARGETS)
    print(
        f"\nDiagnosis of {TARGETS:,} generated targets in {IMAGES:,} images of {WIDTH} × {HEIGHT}, sides {SIDES[0]} to "
        f"{SIDES[1]} px (log-uniform); limit {LIMIT} s"
    )
    print(
        "survey = with reasons and all groups; advice = every change tried over all targets too; in () of the processor"
    )
    print(" ".join(f"{cell:>16}" for cell in ("system", "survey s", "with advice s", "runs", "peak MB")))
    for name in SYSTEMS:
        surveyed, _ = _timed(dataset, name, advice=False)
        advised, runs = _timed(dataset, name, advice=True)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        cells = (name, surveyed, advised, str(runs), f"{peak / MEGABYTE:.0f}")
        print(" ".join(f"{cell:>16}" for cell in cells), flush=True)


def generated(images: int, targets: int) -> TableDataset:
    """Targets anywhere in the images, in a random order of sizes."""
    rng = np.random.default_rng(0)
    sides = np.exp(rng.uniform(*np.log(SIDES), (targets, 2)))
    corners = rng.uniform(0, 1, (targets, 2)) * (np.array((WIDTH, HEIGHT)) - sides)
    rows = np.column_stack(
        (
            rng.integers(0, images, targets),
            corners,
            corners + sides,
            rng.integers(0, CATEGORIES, targets),
            np.zeros(targets),
            sides.prod(axis=1),
        )
    )
    names = [f"{number}.jpg" for number in range(images)]
    table = AnnotationTable.build(names, range(images), [(HEIGHT, WIDTH)] * images, rows)
    labels = range(CATEGORIES)
    return TableDataset(tuple(f"class {label}" for label in labels), tuple(labels), table)


def _timed(dataset: TableDataset, system: str, *, advice: bool) -> tuple[str, int]:
    """Gives the time that passed and that of the processor, and how many runs over the data set there were."""
    seen: set[str] = set()
    start, at_work = time.perf_counter(), time.process_time()
    diagnosis = diagnose(dataset, system, advice=advice, progress=lambda what, done, total: seen.add(what))
    diagnosis.html()
    passed, worked = time.perf_counter() - start, time.process_time() - at_work
    return f"{passed:.1f} ({worked:.1f})", len(seen)
