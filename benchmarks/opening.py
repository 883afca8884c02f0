"""How long it takes to open many images and to have the first batch, and how much memory the processes hold.

python -m benchmarks.opening                                        10,000 and 100,000 images of every form
python -m benchmarks.opening --images 1000000 --forms coco shards   a million; needs some GB in --folder, and inodes
python -m benchmarks.opening --images 20000 --points 12             objects have masks, polygons of 12 points

Images are hard links to a few JPEG files of 64 × 64 pixels, so the disk is hardly asked; each has seven boxes. Settings
are those of a training: headers and ends of the files are looked at.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from benchmarks.cells import MEGABYTE
from benchmarks.loading import _children, _peak_resident, _rollup

FORMS = ("coco", "yolo", "shards")
BOXES, CLASSES, SIDE = 7, 80, 64
PER_FOLDER, PER_FILE = 10_000, 50_000  # images; a file has no more than 65,000 names on ext4
BATCH, WORKERS, MASK_STRIDE = 16, 2, 4
_COLUMNS = ("form", "images", "write s", "import s", "open s", "batch s", "CPU s", "peak MB", "held MB", "worker MB")


def main() -> None:
    """Prints a row for each form and number of images."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", nargs="+", type=int, default=[10_000, 100_000])
    parser.add_argument("--forms", nargs="+", choices=FORMS, default=FORMS)
    parser.add_argument("--folder", help="where the images are written, and taken away again")
    parser.add_argument("--points", type=int, default=0, help="of the mask of each object; without, there are none")
    parser.add_argument("--measure", help="only open this data set, and print what it takes")
    asked = parser.parse_args()
    if asked.measure:
        print(json.dumps(measured(asked.measure, masks=asked.points > 0)))
        return
    print(f"\nOpening data of {BOXES} boxes per image, and the first batch of {BATCH} with {WORKERS} workers")
    print("peak, held: of the main process in all, and when the batch is there; worker: the largest own memory of one")
    print(" ".join(f"{cell:>9}" for cell in _COLUMNS))
    for images in asked.images:
        for form in asked.forms:
            print_row(form, images, asked.points, asked.folder)


def print_row(form: str, images: int, points: int, folder: str | None) -> None:
    """Writes the data, lets a process of its own open them, and takes them away."""
    place = Path(tempfile.mkdtemp(prefix="boxwright-opening-", dir=folder))
    try:
        start = time.perf_counter()
        source = write(form, images, points, place)
        seconds = time.perf_counter() - start
        command = [sys.executable, "-m", "benchmarks.opening", "--measure", source, "--points", str(points)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        found = json.loads(done.stdout.splitlines()[-1])
        times = [f"{each:.1f}" for each in (seconds, *found["seconds"])]
        memory = [f"{each / MEGABYTE:.0f}" for each in found["memory"]]
        print(" ".join(f"{cell:>9}" for cell in (form, f"{images:,}", *times, *memory)), flush=True)
    finally:
        shutil.rmtree(place)


def write(form: str, images: int, points: int, place: Path) -> str:
    """Writes the data in a form, and gives what to call it."""
    data = place / "data"
    names = list(link_images(images, data / "images/train"))
    rng = np.random.default_rng(0)
    if form == "yolo":
        _write_yolo(names, points, data, rng)
        return str(data)
    _write_coco(names, points, data, rng)
    if form == "coco":
        return str(data)
    from boxwright import pack

    pack(data, place / "packed")
    shutil.rmtree(data)
    return f"shards:{place}/packed"


def link_images(images: int, folder: Path) -> Iterator[str]:
    """Makes the images, and gives their names."""
    rng = np.random.default_rng(0)
    for number in range(images):
        if number % PER_FOLDER == 0:
            (folder / f"{number // PER_FOLDER:04d}").mkdir(parents=True)
        name = f"{number // PER_FOLDER:04d}/{number:09d}.jpg"
        if number % PER_FILE == 0:
            cv2.imwrite(str(folder / name), rng.integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8))
            first = folder / name
        else:
            os.link(first, folder / name)
        yield name


def _write_coco(names: list[str], points: int, data: Path, rng: np.random.Generator) -> None:
    """Line by line, since the writer shall not hold what the reader is measured on."""
    (data / "annotations").mkdir()
    with (data / "annotations/instances_train.json").open("w") as file:
        entries = [{"id": label, "name": f"class {label}"} for label in range(CLASSES)]
        file.write(f'{{"categories": {json.dumps(entries)},\n"images": [')
        for number, name in enumerate(names):
            comma = "," if number else ""
            file.write(f'{comma}\n{{"id": {number}, "file_name": "{name}", "width": {SIDE}, "height": {SIDE}}}')
        file.write('],\n"annotations": [')
        for number in range(len(names)):
            for place, (label, *box) in enumerate(_objects(rng)):
                comma, outline = "," if number or place else "", _outline(box, points)
                file.write(
                    f'{comma}\n{{"id": {number * BOXES + place}, "image_id": {number}, "category_id": {label}, '
                    f'"bbox": {box}, "area": {box[2] * box[3]:.2f}, "iscrowd": 0, "segmentation": {outline}}}'
                )
        file.write("]}")


def _write_yolo(names: list[str], points: int, data: Path, rng: np.random.Generator) -> None:
    for number, name in enumerate(names):
        path = data / "labels/train" / f"{name[:-4]}.txt"
        if number % PER_FOLDER == 0:
            path.parent.mkdir(parents=True)
        lines = []
        for label, x, y, width, height in _objects(rng):
            numbers = [x + width / 2, y + height / 2, width, height]
            if points:
                (numbers,) = _outline([x, y, width, height], points)
            lines.append(" ".join([str(label), *(f"{each / SIDE:.6f}" for each in numbers)]))
        path.write_text("\n".join(lines))
    lines = [f"  {label}: class {label}" for label in range(CLASSES)]
    (data / "data.yaml").write_text("\n".join(["train: images/train", "val: images/train", "names:", *lines]))


def _objects(rng: np.random.Generator) -> list[list[float]]:
    corners = np.round(rng.uniform((0, 0, 8, 8), (32, 32, 30, 30), (BOXES, 4)), 2)
    labels: list[int] = rng.integers(0, CLASSES, BOXES).tolist()
    return [[label, *box] for label, box in zip(labels, corners.tolist(), strict=True)]


def _outline(box: list[float], points: int) -> list[list[float]]:
    """Gives the ellipse in a box, as COCO writes a polygon; nothing for no points."""
    x, y, width, height = box
    angles = np.linspace(0, 2 * np.pi, points, endpoint=False)
    ring = np.stack((x + width / 2 * (1 + np.cos(angles)), y + height / 2 * (1 + np.sin(angles))), axis=1)
    return [np.round(ring, 2).reshape(-1).tolist()] if points else []


def measured(source: str, *, masks: bool) -> dict[str, list[float]]:
    """Opens a data set as a training does, and takes a batch."""
    begin = time.perf_counter()
    from boxwright.data import AugmentationSettings, open_dataset, training_loader

    imported, at_first = time.perf_counter(), time.process_time()
    dataset = open_dataset(source, "train", check_images="headers", masks=masks)
    opened, at_work = time.perf_counter(), time.process_time() - at_first
    stride = MASK_STRIDE if masks else None
    loader = training_loader(dataset, (SIDE, SIDE), BATCH, AugmentationSettings(), workers=WORKERS, mask_stride=stride)
    batches = iter(loader)
    next(batches)
    done = time.perf_counter()
    held = [_rollup(child)[2] for child in _children()]
    seconds = [imported - begin, opened - imported, done - opened, at_work]
    return {"seconds": seconds, "memory": [_peak_resident(), _rollup(os.getpid())[0], max(held)]}


if __name__ == "__main__":
    warnings.filterwarnings("ignore", message="This DataLoader will create")  # more workers than cores are meant
    main()
