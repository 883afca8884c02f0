"""Measuring a trained model on a data set."""

import json
import logging
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from boxwright.arguments.possible_values import require_workers
from boxwright.bounded_text import listed
from boxwright.compute_device import pick_device
from boxwright.data import Dataset, ReadingLimits, evaluation_loader
from boxwright.data.division.split_file import naming_split_of
from boxwright.data.reading_limits import DEFAULT_LIMITS, refuse_reading_settings
from boxwright.data.sources import given_or_opened, part_name
from boxwright.data.verification.objects_to_learn import require_objects
from boxwright.errors import ConfigError, DataError
from boxwright.evaluation import CocoEvaluator, Report
from boxwright.evaluation.curves import precision_recall_figure
from boxwright.evaluation.picture_file import write_picture
from boxwright.evaluation.validation_sheet import Example, validation_sheet
from boxwright.geometry.canvas import canvas_pair
from boxwright.structures import Detections
from boxwright.systems import System, load_model
from boxwright.training.devices import default_workers
from boxwright.training.narration import narration
from boxwright.training.run_directory import new_run_directory
from boxwright.writing.atomic_file import atomic_file

logger = logging.getLogger("boxwright")

COCO_DETECTIONS = 100
SHEET_IMAGES = 8
AUTOCAST = {"bf16": torch.bfloat16, "fp16": torch.float16}


@dataclass(frozen=True, slots=True)
class Measurement:
    """A report and what it was made from.

    Args:
        report: The numbers.
        detections: By image id.
    """

    report: Report
    detections: Mapping[int, Detections]


def evaluate(
    model: str | Path,
    data: str | Path | Dataset,
    split: Literal["train", "val"] = "val",
    *,
    canvas: int | tuple[int, int] | None = None,
    batch_size: int = 16,
    workers: int | None = None,
    device: str = "auto",
    precision: Literal["32", "bf16", "fp16"] = "32",
    on_bad: Literal["error", "skip"] = "error",
    val: float | str | None = None,
    val_seed: int = 0,
    allow_outside: bool = False,
    max_pixels: int = DEFAULT_LIMITS.max_pixels,
    max_detections: int = COCO_DETECTIONS,
    sheet: bool = True,
    output: str | Path = "runs",
    name: str = "evaluate",
) -> Report:
    """Measures a model, prints the table of AP and writes report.json, pr_curve.png and validation.jpg.

    Args:
        model: Model file, or run directory, whose best model is taken.
        data: Data set: a folder, an annotation file, or "sample:bccd"; or one that exists in Python.
        split: Part of the data set.
        canvas: Side of the network's input, or height and width; that of the training if left out.
        batch_size: Images per batch.
        workers: Processes that load images, or null to choose.
        device: cpu, cuda, cuda:1, mps or auto.
        precision: Arithmetic of the network.
        on_bad: What to do about faulty annotations and images: stop with an error, or skip them.
        val: For data without parts: share of the images to measure on, or the file or run directory that says which.
        val_seed: Of the choice of these images.
        allow_outside: Whether a path in an annotation file may lead out of the folder of the data.
        max_pixels: Largest height × width of an image.
        max_detections: Best detections per image and category that AP counts; COCO uses 100. A system that gives fewer
            of one image gives as many.
        sheet: Whether to draw a sheet of images with predicted and true boxes.
        output: Folder for result directories.
        name: Name of the result directory; a number is appended if it exists.

    Raises:
        DataError: The model or the data cannot be read, or their categories differ.
        ConfigError: A setting is impossible.
    """
    place = pick_device(device)
    system, card = load_model(model, place)
    system = finding_at_least(system, max_detections)
    if split != "val" and not isinstance(data, str | Path):
        refuse_reading_settings(["split"])
    opening = {"on_bad": on_bad, "val": val, "val_seed": val_seed, "masks": system.mask_stride is not None}
    limits = ReadingLimits(allow_outside, max_pixels)
    with naming_split_of(Path(model)):
        dataset = given_or_opened(data, split, limits, check_images="headers", **opening)
    check_categories(card.categories, dataset.categories, str(model))
    canvas_size = _canvas_of(system, card.canvas_size if canvas is None else canvas)
    require_objects(dataset, canvas_size, part_name(data, split), "measure")
    how = dict[str, Any](batch_size=batch_size, workers=workers, precision=precision, max_detections=max_detections)
    run = new_run_directory(Path(output), name)
    with narration(run.log):
        found = measure(system, dataset, canvas_size, device=place, **how)
        write_measurement(found, dataset, run.path, sheet=sheet)
        logger.info(f"{found.report.table()}\n\nThe results are in {run.path}.")
    return found.report


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
) -> Measurement:
    """Finds objects in every image of a data set and compares them with the truth.

    Args:
        system: Its detector is put in evaluation mode.
        dataset: Images and truth.
        canvas_size: Height and width in pixels.
        batch_size: Images per batch.
        workers: Processes that load images, or None to choose.
        device: Where the network computes.
        precision: "32", "bf16" or "fp16".
        max_detections: Best detections per image and category that count.
    """
    system = finding_at_least(system, max_detections)
    place = torch.device(device)
    detector = system.detector.to(place).to(memory_format=torch.channels_last).eval()
    priors = system.prior_generator(canvas_size, place)
    count = default_workers() if workers is None else require_workers(workers)
    pin = place.type == "cuda"
    loader = evaluation_loader(dataset, canvas_size, batch_size, workers=count, pin_memory=pin, fit=system.fit)
    dtype = AUTOCAST.get(precision)
    found: dict[int, Detections] = {}
    with torch.inference_mode():
        for batch in loader:
            images = batch.images.to(place, non_blocking=True)
            with nullcontext() if dtype is None else torch.autocast(place.type, dtype):
                predictions = detector(network_input(system, images))
            for detections in system.postprocessor(predictions, priors, batch.origins):
                found[detections.origin.image_id] = detections.to("cpu")
    report = score(found, dataset, max_detections, most_per_image=system.postprocessor.max_detections)
    return Measurement(report, found)


def finding_at_least(system: System, max_detections: int) -> System:
    """Lets a system give as many detections of one image as are to count.

    Args:
        system: Whose postprocessor has limits of its own.
        max_detections: Best detections per image and category that count.

    Raises:
        ConfigError: That is below 1.
    """
    if max_detections < 1:
        raise ConfigError(f"max_detections must be at least 1; found {max_detections}.")
    own = system.postprocessor
    names = ("max_detections", "candidates_per_image", "candidates_per_level", "candidates_per_class")
    limits = {name: getattr(own, name) for name in names}
    raised = {name: max(limit, max_detections) for name, limit in limits.items() if limit is not None}
    return replace(system, postprocessor=replace(own, **raised))


def network_input(
    system: System, images: UInt8[Tensor, "batch 3 height width"]
) -> Float[Tensor, "batch 3 height width"]:
    """Normalises images, channels last in memory, which is up to a third faster for convolutions, on CPUs too.

    Args:
        system: Says how to normalise.
        images: RGB.
    """
    return system.normalization(images.contiguous(memory_format=torch.channels_last))


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


def write_measurement(found: Measurement, dataset: Dataset, folder: Path, *, sheet: bool = True) -> None:
    """Writes report.json, pr_curve.png and, if wanted, validation.jpg.

    Args:
        found: What was measured.
        dataset: The images, for the sheet.
        folder: Of a run; what it measured before is replaced.
        sheet: Whether to draw validation.jpg.
    """
    with atomic_file(folder / "report.json", replaces=True) as file:
        file.write(json.dumps(found.report.to_dict(), indent=2).encode())
    precision_recall_figure(found.report, folder / "pr_curve.png", replaces=True)
    if not sheet or not len(dataset):
        return
    examples = []
    for position in np.unique(np.linspace(0, len(dataset) - 1, SHEET_IMAGES).round().astype(int)).tolist():
        sample, truth = dataset[position], dataset.truth(position)
        picture = np.ascontiguousarray(sample.image.permute(1, 2, 0).numpy())
        examples.append(Example(picture, found.detections[truth.origin.image_id], truth))
    write_picture(folder / "validation.jpg", validation_sheet(examples, dataset.categories), replaces=True)


def check_categories(ours: tuple[str, ...], theirs: tuple[str, ...], name: str) -> None:
    """Raises an error unless two lists of categories are the same.

    Args:
        ours: What the model or the training data has.
        theirs: What the data to measure on has.
        name: What `ours` belongs to.

    Raises:
        DataError: They differ.
    """
    if ours != theirs:
        raise DataError(
            f"{name} finds {listed(ours)}; the data to measure on has {listed(theirs)}. Measure on data with the "
            "same categories in the same order, or train a model on these."
        )


def _canvas_of(system: System, canvas: int | tuple[int, int]) -> tuple[int, int]:
    size = canvas_pair(canvas)
    check_canvas(size, system.max_stride, has_one_canvas=system.has_one_canvas)
    return size


def check_canvas(canvas_size: tuple[int, int], max_stride: int, *, has_one_canvas: bool = False) -> None:
    """Raises an error unless both sides are positive multiples of the largest stride, or the stride itself.

    Args:
        canvas_size: Height and width in pixels.
        max_stride: Of the system.
        has_one_canvas: Of the system.

    Raises:
        ConfigError: They are not.
    """
    if has_one_canvas and tuple(canvas_size) != (max_stride, max_stride):
        raise ConfigError(
            f"canvas: this system works on {max_stride} × {max_stride} only; found {canvas_size[0]} × "
            f"{canvas_size[1]}. Leave the canvas out, or take another system."
        )
    if any(side < 1 or side % max_stride for side in canvas_size):
        near = " × ".join(str(max(1, round(side / max_stride)) * max_stride) for side in canvas_size)
        raise ConfigError(
            f"canvas: both sides must be multiples of {max_stride}; found {canvas_size[0]} × {canvas_size[1]}. "
            f"The nearest that fits is {near}."
        )
