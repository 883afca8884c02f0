"""How many pictures a core prepares per second, and what a large annotation file costs in time and memory."""

import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import torch

from benchmarks import measure
from benchmarks.cells import MEGABYTE
from benchmarks.measure import median_seconds
from benchmarks.smallest import shrink
from boxwright.data import AugmentationSettings, Dataset, RamCache, open_dataset, training_loader
from boxwright.data.loading.freed_memory import keep_freed_memory
from boxwright.data.loading.training_picture import TrainingPicture
from boxwright.data.transforms import FitToCanvas

IMAGES, BOXES, WORKERS = 100_000, 800_000, 4
CANVASES, LOADED_BATCHES = (320, 640), 200


def throughput_table(device: torch.device) -> None:
    """Pictures per second on one core, from 640 × 480 JPEG files and from memory."""
    del device
    subprocess.run([sys.executable, "-m", "benchmarks.loading"], check=True)


def _print_throughput() -> None:
    """As a worker process: one thread, and memory that is used again."""
    cv2.setNumThreads(0)
    torch.set_num_threads(1)
    keep_freed_memory()
    on_disk = open_dataset("sample:bccd", "train")
    sources = {"JPEG files": on_disk, "memory": RamCache(on_disk)}
    print("\nLoader on one core, 640 × 480 images: pictures per second")
    print("training = mosaic of four, affine, HSV, flip; affine = the same without mosaic; letterbox = evaluation")
    print(" ".join(f"{cell:>11}" for cell in ("canvas", "from", "decode", "letterbox", "affine", "training")))
    for canvas in CANVASES:
        for name, dataset in sources.items():
            picture = TrainingPicture(dataset, (canvas, canvas), AugmentationSettings())
            fit, rng = FitToCanvas((canvas, canvas)), np.random.default_rng(0)
            steps: list[Callable[[int], object]] = [
                lambda position, dataset=dataset: dataset[position],
                lambda position, dataset=dataset, fit=fit: fit(dataset[position]),
                lambda position, picture=picture, rng=rng: picture(position, rng, mosaic=False),
                lambda position, picture=picture, rng=rng: picture(position, rng, mosaic=True),
            ]
            cells = [f"{_per_second(step, len(dataset)):.0f}" for step in steps]
            print(" ".join(f"{cell:>11}" for cell in (str(canvas), name, *cells)), flush=True)


def _per_second(step: Callable[[int], object], count: int) -> float:
    def sweep() -> None:
        for position in range(count):
            step(position)

    return count / median_seconds(sweep, device=torch.device("cpu"), budget=3.0)


def annotations_table(device: torch.device) -> None:
    """Reads 100,000 images with 800,000 boxes, and lets four workers use them."""
    del device
    folder = Path(tempfile.mkdtemp(prefix="boxwright-benchmark-"))
    try:
        _write_large(folder)
        size = (folder / "annotations/instances_train.json").stat().st_size
        print(f"\nCOCO JSON of {IMAGES:,} images and {BOXES:,} boxes, {size / MEGABYTE:.0f} MB", flush=True)
        # a process of its own, so that its peak is its own; a fresh one, so that its workers are made by fork
        subprocess.run([sys.executable, "-m", "benchmarks.loading", str(folder)], check=True)
    finally:
        shutil.rmtree(folder)


def _write_large(folder: Path) -> None:
    rng = np.random.default_rng(0)
    (folder / "annotations").mkdir()
    (folder / "images").mkdir()
    _, encoded = cv2.imencode(".jpg", rng.integers(0, 256, (64, 64, 3), dtype=np.uint8))
    content = encoded.tobytes()
    for number in range(IMAGES):
        (folder / f"images/{number:012d}.jpg").write_bytes(content)
    corners = np.round(rng.uniform((0, 0, 1, 1), (32, 32, 31, 31), (BOXES, 4)), 2)
    owners, labels = np.sort(rng.integers(0, IMAGES, BOXES)), rng.integers(0, 80, BOXES)
    document = {
        "images": [
            {"id": number, "file_name": f"{number:012d}.jpg", "width": 64, "height": 64} for number in range(IMAGES)
        ],
        "annotations": [
            {
                "id": number,
                "image_id": int(owners[number]),
                "category_id": int(labels[number]),
                "bbox": corners[number].tolist(),
                "area": float(corners[number, 2] * corners[number, 3]),
                "iscrowd": 0,
                "segmentation": [],
            }
            for number in range(BOXES)
        ],
        "categories": [{"id": label, "name": f"class {label}"} for label in range(80)],
    }
    (folder / "annotations/instances_train.json").write_text(json.dumps(document))


def _read_and_share(folder: Path) -> None:
    before, at_first = _rollup(os.getpid())[0], time.process_time()
    start = time.perf_counter()
    dataset = open_dataset(folder, "train")
    seconds, at_work = time.perf_counter() - start, time.process_time() - at_first
    peak = _peak_resident()
    print(
        f"open_dataset: {seconds:.1f} s, of the processor {at_work:.1f} s (limit 15); peak memory of the process "
        f"{peak / MEGABYTE:.0f} MB (limit 1536), of which {before / MEGABYTE:.0f} MB before reading"
    )
    start = time.perf_counter()
    open_dataset(folder, "train", check_images="headers")
    print(f"the same and the headers and ends of the image files: {time.perf_counter() - start:.1f} s")
    small = open_dataset("sample:bccd", "train")
    print(
        f"{WORKERS} workers after {LOADED_BATCHES} batches (MB; proportional: a page of n processes counts 1/n in each)"
    )
    print(" ".join(f"{cell:>13}" for cell in ("data set", "process", "resident", "proportional", "own")))
    for name, data in (("60 images", small), (f"{IMAGES:,}", dataset)):
        _print_sharing(name, data)


def _peak_resident() -> int:
    """Gives the peak of this process in bytes; `getrusage` would count the process that started it."""
    status = Path("/proc/self/status").read_text()
    return 1024 * int(next(line for line in status.splitlines() if line.startswith("VmHWM:")).split()[1])


def _print_sharing(name: str, dataset: Dataset) -> None:
    """Prints what the processes hold while a loader runs."""
    loader = training_loader(dataset, (64, 64), 4, AugmentationSettings(mosaic=0.0), workers=WORKERS, epochs=100)
    done = 0
    for epoch in range(100):
        loader.set_epoch(epoch)
        for _ in loader:
            done += 1
            if done == LOADED_BATCHES:
                break
        if done == LOADED_BATCHES:
            break
    processes = [("main", os.getpid()), *((f"worker {number}", pid) for number, pid in enumerate(_children()))]
    held = [(process, *_rollup(pid)) for process, pid in processes]
    for process, *bytes_held in held:
        print(" ".join(f"{cell:>13}" for cell in (name, process, *(f"{x / MEGABYTE:.0f}" for x in bytes_held))))
    print(f"{name:>13} {'together':>13} {'':>13} {sum(row[2] for row in held) / MEGABYTE:>13.0f}", flush=True)
    loader._iterator._shutdown_workers()


def _children() -> list[int]:
    """The processes that this one started and that are alive."""
    return [child.pid for child in multiprocessing.active_children() if child.pid is not None]


def _rollup(process: int) -> tuple[int, int, int]:
    """Gives resident, proportional and private bytes of a process, as the system counts them."""
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()[1:]
    kilobytes = {line.split(":")[0]: int(line.split()[1]) for line in lines}
    own = kilobytes["Private_Clean"] + kilobytes["Private_Dirty"]
    return kilobytes["Rss"] * 1024, kilobytes["Pss"] * 1024, own * 1024


if __name__ == "__main__":
    shrink("loading", globals())
    shrink("measure", vars(measure))
    warnings.filterwarnings("ignore", message="This DataLoader will create")  # more workers than cores are meant
    if len(sys.argv) > 1:
        _read_and_share(Path(sys.argv[1]))
    else:
        _print_throughput()
