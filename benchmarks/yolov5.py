"""The YOLOv5 criterion over batches and targets."""

import torch

from benchmarks.cells import megabytes, milliseconds, row
from benchmarks.contestants import assigner_step, criterion_step, floor_step
from benchmarks.measure import median_seconds, peak_bytes
from benchmarks.scenes import NUM_CLASSES, make_yolov5_scene
from boxwright.criterion import yolov5_criterion

BATCHES = (1, 16)
TARGETS = (0, 7, 100, 1000)


def yolov5_table(device: torch.device) -> None:
    print("\nYOLOv5 at 640 × 640, 80 classes, COCO anchors, sides 8 to 256 px (log-uniform); median ms, peak extra MB")
    print("criterion = forward and backward, gradients included; floor = softplus-sum over class and objectness logits")
    print(row("batch", "targets", "pairs", "assign", "MB", "criterion", "MB", "floor"))
    criterion = yolov5_criterion(NUM_CLASSES)
    for batch in BATCHES:
        for targets in TARGETS:
            scene = make_yolov5_scene([targets] * batch, (8, 256), device=device)

            assign, step = assigner_step(scene, criterion), criterion_step(scene, criterion)
            cells = [
                str(len(criterion.assign(scene.predictions, scene.priors, scene.targets))),
                milliseconds(median_seconds(assign, device=device)),
                megabytes(peak_bytes(assign, device=device)),
                milliseconds(median_seconds(step, device=device)),
                megabytes(peak_bytes(step, device=device)),
                milliseconds(median_seconds(floor_step(scene), device=device)),
            ]
            print(row(str(batch), str(targets), *cells), flush=True)
