"""Prints time and peak memory of assigners, criteria and loaders.

python -m benchmarks                 everything
python -m benchmarks --only crowd    one table
python -m benchmarks --smallest      one row of each, to see that it runs
"""

import argparse
import os
import platform

import torch

from benchmarks import diagnosis, inspector, loading, masks, measure, processes, retinanet, ssd, yolov5
from benchmarks.cells import MEGABYTE, megabytes, milliseconds, row
from benchmarks.contestants import assigner_step, criterion_step, floor_step, ultralytics_step, yolov8_criterion
from benchmarks.diagnosis import diagnosis_table
from benchmarks.inspector import inspector_table
from benchmarks.loading import annotations_table, throughput_table
from benchmarks.masks import mask_table
from benchmarks.measure import median_seconds, peak_bytes
from benchmarks.processes import processes_table
from benchmarks.retinanet import retinanet_table
from benchmarks.scenes import Scene, make_scene
from benchmarks.smallest import VARIABLE, shrink
from benchmarks.ssd import ssd_table
from benchmarks.yolov5 import yolov5_table

BATCHES = (1, 8, 16)
TARGETS = (0, 7, 20, 100, 300, 1000)
CROWD = (5000, 3000, 2000, *[300] * 32, *[700] * 29)


def grid_table(device: torch.device) -> None:
    print("\nYOLOv8 at 640 × 640, 80 classes, sides 8 to 256 px (log-uniform); median ms, peak extra MB")
    print("floor = softplus-sum over the class logits, forward and backward; peer = ultralytics, if installed")
    print(row("batch", "targets", "assign", "MB", "criterion", "MB", "floor", "ratio", "peer", "MB", "speed-up"))
    for batch in BATCHES:
        for targets in TARGETS:
            scene = make_scene([targets] * batch, (8, 256), device=device)
            print(row(str(batch), str(targets), *grid_cells(scene, device)), flush=True)


def grid_cells(scene: Scene, device: torch.device) -> list[str]:
    assign, criterion = assigner_step(scene, yolov8_criterion()), criterion_step(scene, yolov8_criterion())
    peer = ultralytics_step(scene)
    ours, floor = median_seconds(criterion, device=device), median_seconds(floor_step(scene), device=device)
    cells = [
        milliseconds(median_seconds(assign, device=device)),
        megabytes(peak_bytes(assign, device=device)),
        milliseconds(ours),
        megabytes(peak_bytes(criterion, device=device)),
        milliseconds(floor),
        f"{ours / floor:.2f}",
    ]
    if peer is not None:
        theirs = median_seconds(peer, device=device)
        cells += [milliseconds(theirs), megabytes(peak_bytes(peer, device=device)), f"{theirs / ours:.1f}"]
    return cells


def crowd_table(device: torch.device) -> None:
    """64 images, 300 to 5,000 targets each, about 40,000 in all, sides 6 to 40 pixels."""
    counts = CROWD
    scene = make_scene(counts, (6, 40), device=device)
    assign, criterion = assigner_step(scene, yolov8_criterion()), criterion_step(scene, yolov8_criterion())
    inputs = sum(block.nbytes for block in (*scene.class_logits, *scene.box_codes))
    print(
        f"\nCrowded batch: {len(counts)} images, {min(counts)} to {max(counts)} targets each, {sum(counts)} in all, "
        "sides 6 to 40 px, 640 × 640, 80 classes"
    )
    print(f"predictions {inputs / MEGABYTE:.0f} MB, and as much again for their gradients")
    print(
        f"assigner: {median_seconds(assign, device=device):.2f} s, "
        f"peak extra memory {peak_bytes(assign, device=device) / MEGABYTE:.0f} MB (limit 400)"
    )
    print(
        f"criterion forward and backward: {median_seconds(criterion, device=device):.2f} s, "
        f"peak extra memory {peak_bytes(criterion, device=device) / MEGABYTE:.0f} MB (gradients included)",
        flush=True,
    )


TABLES = {
    "grid": grid_table,
    "crowd": crowd_table,
    "yolov5": yolov5_table,
    "retinanet": retinanet_table,
    "ssd": ssd_table,
    "masks": mask_table,
    "loader": throughput_table,
    "annotations": annotations_table,
    "diagnosis": diagnosis_table,
    "inspector": inspector_table,
    "processes": processes_table,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", choices=sorted(TABLES))
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--smallest", action="store_true", help="one row of each table")
    options = parser.parse_args()
    if options.smallest:
        os.environ[VARIABLE] = "1"
        for part in (measure, yolov5, retinanet, ssd, masks, loading, diagnosis, inspector, processes):
            shrink(part.__name__.split(".")[1], vars(part))
        shrink("grid", globals())
        shrink("crowd", globals())
    device = torch.device(options.device)
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else platform.processor() or platform.machine()
    print(f"torch {torch.__version__}, {device.type} ({name}), {torch.get_num_threads()} threads")
    for key, table in TABLES.items():
        if options.only in (None, key):
            table(device)


main()
