"""Images per second of a training by one process and by two, on the same machine with the same batch."""

import csv
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import torch

SYSTEM, PROCESSES, CANVAS, BATCH, EPOCHS = "yolov8n", (1, 2), 320, 8, 3


def processes_table(device: torch.device) -> None:
    """The last epoch of a training on the bundled sample; every process has one thread and loads its own images."""
    print(f"\nTraining {SYSTEM} at {CANVAS} × {CANVAS}, {BATCH} images in a batch of all processes; images per second")
    print(f"{'processes':>11} {'images/s':>11} {'ratio':>11}", flush=True)
    first = 0.0
    for number in PROCESSES:
        speed = _speed(number, device)
        first = first or speed
        print(f"{number:>11} {speed:>11.1f} {speed / first:>11.2f}", flush=True)


def _speed(number: int, device: torch.device) -> float:
    with tempfile.TemporaryDirectory(prefix="boxwright-benchmark-") as folder:
        words = ["--data", "sample:bccd", "--system", SYSTEM, "--output", folder, "--name", "run", "--logger", "csv"]
        words += ["--canvas", CANVAS, "--batch_size", BATCH, "--epochs", EPOCHS, "--evaluate_every", EPOCHS]
        words += ["--workers", 0, "--cache", "ram", "--devices", number, "--accelerator", device.type]
        command = [sys.executable, "-m", "boxwright.cli.main", "train", *map(str, words)]
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
        with Path(folder, "run", "metrics.csv").open() as file:
            rows = list(csv.DictReader(file))
    return float(rows[EPOCHS - 1]["images_per_second"])
