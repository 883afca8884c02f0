"""Running a model over images with a clock at every step."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median
from time import perf_counter

import torch

from boxwright.data import Dataset, collate
from boxwright.inference import Runner
from boxwright.structures import Batch, Detections


@dataclass(frozen=True, slots=True)
class StepTimes:
    """Milliseconds per image of one batch.

    Args:
        images: How many went through at once.
        preparation: Reading, decoding, and placing on the canvas.
        network: Normalisation and network.
        postprocessing: From raw outputs to detections; None where the network does it.
    """

    images: int
    preparation: float
    network: float
    postprocessing: float | None

    @property
    def total(self) -> float:
        """All steps."""
        return self.preparation + self.network + (self.postprocessing or 0.0)


def timed_run(runner: Runner, dataset: Dataset, batch_size: int) -> tuple[dict[int, Detections], list[StepTimes]]:
    """Finds the objects of every image, one batch after the other in this process.

    The first batch goes through once before the clock runs, since a first run chooses algorithms.

    Args:
        runner: Of the model.
        dataset: The images, at least one.
        batch_size: Images at once.

    Returns:
        Detections by image id, and the times of every batch.
    """
    batches = [range(start, min(start + batch_size, len(dataset))) for start in range(0, len(dataset), batch_size)]
    runner(_prepared(runner, dataset, batches[0]))
    found: dict[int, Detections] = {}
    times = []
    for positions in batches:
        detections, spent = _timed(runner, dataset, positions)
        found |= {one.origin.image_id: one for one in detections}
        times.append(spent)
    return found, times


def median_over_images(times: Sequence[StepTimes], of: Callable[[StepTimes], float]) -> float:
    """Gives the median over the images; every image has the time of its batch.

    Args:
        times: Of the batches.
        of: Which time.
    """
    return median(of(each) for each in times for _ in range(each.images))


def _prepared(runner: Runner, dataset: Dataset, positions: range) -> Batch:
    return collate([runner.fit(replace(dataset[position], masks=None)) for position in positions])


def _timed(runner: Runner, dataset: Dataset, positions: range) -> tuple[list[Detections], StepTimes]:
    clock = [perf_counter()]
    batch = _prepared(runner, dataset, positions)
    clock.append(perf_counter())
    if runner.suppresses:
        detections = runner(batch)
        clock.append(perf_counter())
    else:
        predictions = runner.predictions(batch.images)
        if runner.device.type != "cpu":
            torch.accelerator.synchronize(runner.device)
        clock.append(perf_counter())
        detections = runner.found_in(predictions, batch.origins)
        clock.append(perf_counter())
    steps = [1000 * (after - before) / len(positions) for before, after in pairwise(clock)]
    return detections, StepTimes(len(positions), steps[0], steps[1], steps[2] if len(steps) > 2 else None)
