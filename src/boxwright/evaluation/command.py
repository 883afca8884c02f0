"""The command that measures a model file on a data set."""

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Literal

import torch

from boxwright.compute_device import pick_device
from boxwright.data import Dataset, ReadingLimits
from boxwright.data.division.split_file import naming_split_of
from boxwright.data.formats.layout import Split
from boxwright.data.reading_limits import DEFAULT_LIMITS, refuse_reading_settings
from boxwright.data.sources import given_or_opened, part_name
from boxwright.data.tiles.tiled import in_tiles
from boxwright.data.verification.objects_to_learn import require_objects
from boxwright.errors import ConfigError
from boxwright.evaluation.errors.by_image import said_of_errors
from boxwright.evaluation.low_score import said_of_low_score
from boxwright.evaluation.measurement import COCO_DETECTIONS, Measurement, measure
from boxwright.evaluation.measurement_files import write_measurement
from boxwright.evaluation.report import Report
from boxwright.geometry.canvas import canvas_pair
from boxwright.inference import (
    WITH_THE_MODEL,
    Precision,
    Tile,
    check_canvas,
    check_categories,
    chosen_tiling,
    finding_at_least,
    load_network,
    said_of_tiles,
)
from boxwright.inference.precision import dtype_of
from boxwright.inference.programs.opening import is_program
from boxwright.run_files.narration import narration
from boxwright.run_files.run_directory import new_run_directory
from boxwright.settings.python_names import answers_names
from boxwright.systems import ModelCard, System, add_measurements, file_of_model

logger = logging.getLogger("boxwright")


@answers_names("evaluate")
def evaluate(
    model: str | Path,
    data: str | Path | Dataset,
    split: Split = "val",
    *,
    canvas: int | tuple[int, int] | None = None,
    tile: Tile = WITH_THE_MODEL,
    tile_overlap: float | None = None,
    batch_size: int = 16,
    workers: int | None = None,
    device: str = "auto",
    precision: Precision = "32",
    tta: bool = False,
    on_bad: Literal["error", "skip"] = "error",
    val: float | str | None = None,
    val_seed: int = 0,
    allow_outside: bool = False,
    max_pixels: int = DEFAULT_LIMITS.max_pixels,
    max_detections: int = COCO_DETECTIONS,
    score_threshold: float | None = None,
    sheet: bool = True,
    gallery: bool = True,
    update_model: bool = False,
    output: str | Path = "runs",
    name: str = "evaluate",
) -> Report:
    """Measures a model, prints the table, and writes numbers, curves and every error, see `write_measurement`.

    Args:
        model: Model file, run directory, whose best model is taken, or an exported file or its folder.
        data: Data set: a folder, an annotation file, or "sample:bccd"; or one that exists in Python.
        split: Part of the data set: train, val or test.
        canvas: Side of the network's input, or height and width; that of the training if left out.
        tile: Side of the tiles that images are cut into, or height and width, in pixels of the image; None takes images
            whole. "model" does as the training did.
        tile_overlap: Share of its side that a tile has in common with the next one; that of the training, or 0.2, if
            left out.
        batch_size: Images per batch.
        workers: Processes that load images, or null to choose.
        device: cpu, cuda, cuda:1, mps or auto.
        precision: Arithmetic of the network.
        tta: Whether every image is looked at six times, also smaller, larger and mirrored, and what is found merged.
        on_bad: What to do about faulty annotations and images: stop with an error, or skip them.
        val: For data without parts: share of the images to measure on, or the file or run directory that says which.
        val_seed: Of the choice of these images.
        allow_outside: Whether a path in an annotation file may lead out of the folder of the data.
        max_pixels: Largest height × width of an image.
        max_detections: Best detections per image and category that AP counts; COCO uses 100. A system that gives fewer
            of one image gives as many.
        score_threshold: Errors and the confusion matrix are those of detections with a higher score; the threshold with
            the best F1 if left out.
        sheet: Whether to draw a sheet of the images with most errors, with predicted and true boxes.
        gallery: Whether to write errors.html, a page that shows every error.
        update_model: Whether the numbers and the best threshold, which prediction then takes, go into the model file.
        output: Folder for result directories.
        name: Name of the result directory; a number is appended if it exists.

    Raises:
        DataError: The model or the data cannot be read, or their categories differ.
        ConfigError: A setting is impossible.
    """
    system, card, place = _loaded(model, max_detections, precision, score_threshold, device, tta, changes=update_model)
    opening = dict[str, Any](on_bad=on_bad, val=val, val_seed=val_seed)
    dataset = _opened(model, card, data, split, system, ReadingLimits(allow_outside, max_pixels), **opening)
    check_canvas(system, canvas_size := canvas_pair(card.canvas_size if canvas is None else canvas))
    pictures = in_tiles(dataset, tiling := chosen_tiling(card, tile, tile_overlap))
    require_objects(pictures, canvas_size, part_name(data, split), "measure")
    how = dict[str, Any](batch_size=batch_size, workers=workers, precision=precision, max_detections=max_detections)
    shown = dict[str, Any](sheet=sheet, gallery=gallery, score_threshold=score_threshold)
    measured = partial(measure, system, pictures, canvas_size, device=place, tta=tta, **how)
    report = _measured((Path(output), name), measured, dataset, data, shown, said_of_tiles(tiling, tile, tile_overlap))
    if update_model:
        add_measurements(file_of_model(model), report.summary(part_name(data, split)))
    return report


def _measured(
    output: tuple[Path, str],
    measured: Callable[[], Measurement],
    dataset: Dataset,
    data: str | Path | Dataset,
    shown: dict[str, Any],
    said: str,
) -> Report:
    """Measures, and writes what was found."""
    run = new_run_directory(*output)
    with narration(run.log):
        if said:
            logger.info(said)
        found = measured()
        errors = said_of_errors(write_measurement(found, dataset, run.path, **shown))
        logger.info(f"{_said(found.report, errors, data)}\n\nThe results are in {run.path}.")
    return found.report


def _said(report: Report, errors: str, data: str | Path | Dataset) -> str:
    """Writes the table, the errors, and what to try if next to nothing was found."""
    advice = said_of_low_score(report, str(data) if isinstance(data, str | Path) else "DATA")
    return "\n\n".join(filter(None, [report.table(), errors, advice]))


def _loaded(
    model: str | Path,
    max_detections: int,
    precision: str,
    score_threshold: float | None,
    device: str,
    tta: bool,
    *,
    changes: bool,
) -> tuple[System, ModelCard, torch.device]:
    """Reads a model, after settings that need none."""
    dtype_of(precision)  # or an error
    if score_threshold is not None and not 0 <= score_threshold <= 1:
        raise ConfigError(f"score_threshold is {score_threshold}. Give a number from 0 to 1.")
    if changes and tta:
        raise ConfigError(
            "update_model: the threshold would be that of several looks, and prediction looks once unless it is told "
            "otherwise. Leave tta or update_model out."
        )
    if changes and is_program(model):
        raise ConfigError(f"update_model: {model} is an exported file, which is not changed. Measure the model file.")
    place = pick_device(device)
    system, card = load_network(model)
    return finding_at_least(system, max_detections), card, place


def _opened(
    model: str | Path,
    card: ModelCard,
    data: str | Path | Dataset,
    split: Split,
    system: System,
    limits: ReadingLimits,
    **opening: Any,
) -> Dataset:
    """Opens the part to measure on, with masks where the system has some; its categories must be those of the model."""
    if split != "val" and not isinstance(data, str | Path):
        refuse_reading_settings(["split"])
    opening |= {"check_images": "headers", "masks": system.mask_stride is not None}
    with naming_split_of(Path(model)):
        dataset = given_or_opened(data, split, limits, **opening)
    check_categories(card.categories, dataset.categories, str(model))
    return dataset
