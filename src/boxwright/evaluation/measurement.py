"""Measuring what a system finds in a data set."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch

from boxwright.data import Dataset
from boxwright.data.tiles.tiled import Tiled
from boxwright.evaluation.coco_evaluator import CocoEvaluator
from boxwright.evaluation.report import Report
from boxwright.evaluation.scoring import Scoring
from boxwright.inference import RepeatedRunner, Runner, WholeImages, finding_at_least
from boxwright.structures import Detections
from boxwright.systems import System

COCO_DETECTIONS = 100


@dataclass(frozen=True, slots=True)
class Measurement:
    """A report and what it was made from.

    Args:
        report: The numbers.
        detections: By image id.
    """

    report: Report
    detections: Mapping[int, Detections]


def measure(
    system: System,
    dataset: Dataset,
    canvas_size: tuple[int, int],
    *,
    batch_size: int = 16,
    workers: int | None = None,
    device: torch.device | str = "cpu",
    precision: str = "32",
    max_detections: int = COCO_DETECTIONS,
    tta: bool = False,
) -> Measurement:
    """Finds objects in every image of a data set and compares them with the truth, in a thread of its own.

    Args:
        system: With a trained detector; it stays as it is.
        dataset: Images and truth. What is found in tiles is put together and compared with whole images.
        canvas_size: Height and width in pixels.
        batch_size: Images per batch.
        workers: Processes that load images, or None to choose.
        device: Where the network computes.
        precision: "32", "bf16" or "fp16".
        max_detections: Best detections per image and category that count.
        tta: Whether every image is looked at several times, see `RepeatedRunner`.
    """
    system = finding_at_least(system, max_detections)
    run = RepeatedRunner if tta else Runner
    runner = run(system, canvas_size, device=device, precision=precision)
    most: int | None = system.postprocessor.max_detections
    detections = runner.over(dataset, batch_size=batch_size, workers=workers)
    if isinstance(dataset, Tiled):  # the limit is one per tile then
        detections, dataset, most = WholeImages(dataset).put_together(detections), dataset.dataset, None
    scoring = Scoring(dataset, max_detections, most_per_image=most)
    found: dict[int, Detections] = {}
    for one in detections:
        scoring.add([one])
        found[one.origin.image_id] = one
    return Measurement(scoring.report(), found)


def score(
    found: Mapping[int, Detections],
    dataset: Dataset,
    max_detections: int = COCO_DETECTIONS,
    *,
    most_per_image: int | None = None,
) -> Report:
    """Compares detections with the truth of a whole data set.

    Args:
        found: By image id, one for every image.
        dataset: The truth.
        max_detections: Best detections per image and category that count.
        most_per_image: Detections that the detector gives of one image, if that is known.
    """
    evaluator = CocoEvaluator(dataset.categories, max_detections, most_per_image=most_per_image)
    truths = [dataset.truth(position) for position in range(len(dataset))]
    evaluator.update([found[truth.origin.image_id] for truth in truths], truths)
    return evaluator.compute()
