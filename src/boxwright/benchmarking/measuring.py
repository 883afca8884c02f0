"""Measuring one model, in a process that does nothing else."""

from pathlib import Path
from typing import Any

import cv2
import torch

from boxwright.benchmarking.measured_model import MeasuredModel
from boxwright.benchmarking.peak_memory import peak_memory
from boxwright.benchmarking.task import Task
from boxwright.benchmarking.timed_run import median_over_images, timed_run
from boxwright.compute_device import pick_device
from boxwright.data import Dataset, ReadingLimits, open_dataset
from boxwright.data.division.split_file import naming_split_of
from boxwright.data.loading.kept_images import KeptImages
from boxwright.data.sources import part_name
from boxwright.data.verification.objects_to_learn import require_objects
from boxwright.evaluation.measurement import COCO_DETECTIONS, score
from boxwright.inference import Runner, check_canvas, check_categories, finding_at_least, load_network
from boxwright.inference.program_system import ProgramSystem
from boxwright.systems import System, file_of_model

OWN_FORMAT = "boxwright"


def measured(task: Task) -> MeasuredModel:
    """Measures one model.

    Args:
        task: Which, and how.

    Raises:
        DataError: The model or the data cannot be read, or their categories differ.
        ConfigError: A setting is impossible.
        MissingExtraError: What runs the file is not installed.
    """
    if task.threads is not None:
        torch.set_num_threads(task.threads)
        cv2.setNumThreads(task.threads)
    device = pick_device(task.device)
    system, card = load_network(task.model)
    system = finding_at_least(system, COCO_DETECTIONS)
    canvas_size = task.canvas or card.canvas_size
    check_canvas(system, canvas_size)
    dataset = _opened(task, system)
    check_categories(card.categories, dataset.categories, task.model)
    require_objects(dataset, canvas_size, part_name(task.data, task.split), "measure")
    if task.images is not None:
        dataset = KeptImages(dataset, range(min(len(dataset), task.images)))
    runner = Runner(system, canvas_size, device=device)
    found, times = timed_run(runner, dataset, task.batch_size)
    memory = peak_memory()  # before AP is computed, which is no part of the model
    report = score(found, dataset, most_per_image=system.postprocessor.max_detections)
    return MeasuredModel(
        model=task.model,
        format=system.description.program if isinstance(system, ProgramSystem) else OWN_FORMAT,
        system=card.system,
        canvas=canvas_size,
        batch_size=task.batch_size,
        device=str(device),
        threads=torch.get_num_threads(),
        images=len(dataset),
        ap=report.ap,
        ap50=report.ap50,
        mask_ap=None if report.masks is None else report.masks.ap,
        milliseconds=median_over_images(times, lambda each: each.total),
        preparation=median_over_images(times, lambda each: each.preparation),
        network=median_over_images(times, lambda each: each.network),
        postprocessing=None
        if runner.suppresses
        else median_over_images(times, lambda each: each.postprocessing or 0.0),
        peak_memory=memory,
        size=_size(task.model, system),
    )


def _opened(task: Task, system: System) -> Dataset:
    limits = ReadingLimits(task.allow_outside, task.max_pixels)
    opening: dict[str, Any] = {"on_bad": task.on_bad, "val": task.val, "val_seed": task.val_seed}
    opening |= {"check_images": "headers", "masks": system.mask_stride is not None}
    with naming_split_of(Path(task.model)):
        return open_dataset(task.data, task.split, limits=limits, **opening)


def _size(model: str, system: System) -> int:
    """Gives the bytes of the file, and of the weights beside it where they lie there."""
    path = system.path if isinstance(system, ProgramSystem) else file_of_model(model)
    files = [path, path.with_suffix(".bin")] if path.suffix.lower() == ".xml" else [path]
    return sum(file.stat().st_size for file in files)
