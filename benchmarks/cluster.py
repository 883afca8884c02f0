"""Images per second of Ray prediction with 1 and 2 actors, against plain prediction in one process.

python -m benchmarks.cluster                 2,000 pictures of 640 × 480, yolov8n at 640
python -m benchmarks.cluster --images 60     to see that it runs
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import torch

from benchmarks.cells import row
from boxwright.cluster.command import predict_over_cluster
from boxwright.cluster.ray_engine import connected
from boxwright.prediction import predict
from boxwright.systems import build_system, save_model

SETTINGS = {"batch_size": 8, "score_threshold": 0.25}
Progress = Callable[[int, int], None]


def _write(root: Path, images: int, canvas: int) -> tuple[Path, Path]:
    """Writes a model and JPEG files of smooth noise."""
    model, photos, random = root / "best.safetensors", root / "photos", np.random.default_rng(0)
    torch.manual_seed(0)
    size = (canvas, canvas)
    save_model(model, build_system("yolov8n", 80), categories=tuple(map(str, range(80))), canvas_size=size, config={})
    photos.mkdir()
    for number in range(images):
        pixels = cv2.resize(random.integers(0, 256, (48, 64, 3), dtype=np.uint8), (640, 480))
        cv2.imwrite(str(photos / f"{number:06d}.jpg"), pixels)
    return model, photos


def _timed(name: str, run: Callable[[Progress], None]) -> None:
    """Prints seconds until the first image is done, images per second from there on, and seconds in all."""
    start, marks = time.perf_counter(), []

    def note(done: int, total: int) -> None:
        marks.append((done, time.perf_counter() - start))

    run(note)
    (first, begun), (last, ended) = marks[0], marks[-1]
    rate = (last - first) / (ended - begun) if last > first else float("nan")
    whole = time.perf_counter() - start
    print(row(name, f"{begun:.1f}", f"{rate:.1f}", f"{whole:.1f}", f"{last / whole:.1f}"), flush=True)


def _plainly(model: Path, photos: Path, note: Progress) -> None:
    for done, _ in enumerate(predict(model, photos, stream=True, device="cpu", **SETTINGS), start=1):
        note(done, 0)


def main(images: int, canvas: int) -> None:
    print(f"{images:,} pictures of 640 × 480, yolov8n at {canvas} on the CPU; first = seconds until the first is done,")
    print("after = images per second from there on, whole = seconds and images per second with loading and all")
    print(row("", "first", "after", "whole", "per s"))
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        model, photos = _write(root, images, canvas)
        _timed("plain", lambda note: _plainly(model, photos, note))
        with connected():
            for actors in (1, 2):
                output = f"parquet:{root / str(actors)}"
                _timed(
                    f"{actors} of ray",
                    lambda note, actors=actors, output=output: predict_over_cluster(  # type: ignore[misc]
                        model, str(photos), output, actors=actors, progress=note, device="cpu", **SETTINGS
                    ),
                )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=2000)
    parser.add_argument("--canvas", type=int, default=640)
    asked = parser.parse_args()
    main(asked.images, asked.canvas)
