"""Times a training step without and with the log of objects, in turns, and prints the ratio of the medians.

On a CPU it is processor time that counts, so that other work on the machine does not.

python -m benchmarks.object_log --system yolov8n --canvas 320 --batch 16 --targets 15
"""

import argparse
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from boxwright.inference import network_input
from boxwright.run_files.object_files import open_object_file
from boxwright.structures import GroundTruth, ImageOrigin, InstanceMasks, Sample, Targets
from boxwright.systems import build_system
from boxwright.training.assignment_tally import AssignmentTally
from boxwright.training.object_log import ObjectLog

CLASSES = 3


class Annotations:
    """Says of every image that it has these boxes."""

    categories = tuple(f"class {number}" for number in range(CLASSES))
    category_ids = tuple(range(CLASSES))

    def __init__(self, images: int, boxes: torch.Tensor) -> None:
        self.images, self.boxes = images, boxes

    def __len__(self) -> int:
        return self.images

    def __getitem__(self, position: int) -> Sample:
        raise NotImplementedError

    def truth(self, position: int) -> GroundTruth:
        number = len(self.boxes)
        labels, origin = (
            torch.zeros(number, dtype=torch.int64),
            ImageOrigin(position, f"{position:012d}.jpg", (480, 640)),
        )
        return GroundTruth(self.boxes, labels, torch.zeros(number, dtype=torch.bool), torch.ones(number), origin)


def some_targets(batch: int, number: int, canvas: int, mask_stride: int | None) -> Targets:
    rng = np.random.default_rng(0)
    sides = np.exp(rng.uniform(np.log(10), np.log(canvas / 3), (batch * number, 2)))
    corner = rng.uniform(0, 1, sides.shape) * (canvas - sides)
    boxes = torch.from_numpy(np.concatenate((corner, corner + sides), axis=1)).float().split(number)
    labels = [torch.from_numpy(rng.integers(0, CLASSES, number)) for _ in boxes]
    targets = Targets.from_lists(list(boxes), labels)
    row = torch.arange(number).repeat(batch)
    targets = replace(targets, annotation=torch.stack((targets.image, row), dim=1))
    if mask_stride is None:
        return targets
    drawn = torch.ones(len(targets), canvas // mask_stride, canvas // mask_stride, dtype=torch.bool)
    return replace(targets, masks=InstanceMasks.from_boolean(drawn, mask_stride))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--system", default="yolov8n")
    parser.add_argument("--canvas", type=int, default=320)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--targets", type=int, default=15)
    parser.add_argument("--steps", type=int, default=15)
    parser.add_argument("--format", choices=("csv", "parquet"), default="csv")
    flags = parser.parse_args()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    clock = time.perf_counter if device.type == "cuda" else time.process_time
    system = build_system(flags.system, CLASSES)
    detector = system.detector.to(device, memory_format=torch.channels_last).train()
    priors = system.prior_generator((flags.canvas, flags.canvas), device)
    targets = some_targets(flags.batch, flags.targets, flags.canvas, system.mask_stride)
    data = Annotations(flags.batch, targets.boxes[: flags.targets])
    targets = targets.to(device)
    images = torch.randint(0, 256, (flags.batch, 3, flags.canvas, flags.canvas), dtype=torch.uint8, device=device)
    times: dict[str, list[float]] = {"plain": [], "tally": [], "log": []}
    with tempfile.TemporaryDirectory() as folder:
        log, tally = ObjectLog(open_object_file(Path(folder), 0, flags.format), data), AssignmentTally()
        for number in range(flags.steps + 2):
            for way, taken in times.items():
                began = clock()
                predictions = detector(network_input(system, images))
                outcome = system.criterion.run(predictions, priors, targets, attribute=way == "log")
                if way != "plain":
                    tally.add(outcome.assignment, targets)
                if outcome.attribution is not None:
                    log.add(1, number, targets, outcome.assignment, outcome.attribution)
                torch.stack(list(outcome.losses.values())).sum().backward()
                detector.zero_grad()
                if device.type == "cuda":
                    torch.cuda.synchronize()
                taken.append(clock() - began)
    medians = {way: statistics.median(taken[2:]) for way, taken in times.items()}
    print(f"{flags.system}, canvas {flags.canvas}, batch {flags.batch}, {flags.targets} targets per image, {device}")
    for way, seconds in medians.items():
        print(f"  {way:<8}{1000 * seconds:9.2f} ms{seconds / medians['plain']:8.3f} of plain")


if __name__ == "__main__":
    main()
