"""From images and systems to an inspection, in one call."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from boxwright.compute_device import pick_device
from boxwright.data import Dataset, ReadingLimits, collate
from boxwright.data.reading_limits import DEFAULT_LIMITS
from boxwright.data.sources import given_or_opened, part_name
from boxwright.data.verification.objects_to_learn import require_objects
from boxwright.evaluation.jpeg import jpeg
from boxwright.geometry.letterbox import Letterbox
from boxwright.inference import Runner
from boxwright.inspection.explanation import Explanation, explain
from boxwright.inspection.page.chosen_images import chosen_images, image_name
from boxwright.inspection.page.chosen_systems import ChosenSystem, chosen_systems
from boxwright.inspection.page.inspected import InspectedImage, InspectedSystem
from boxwright.inspection.page.inspection import Inspection
from boxwright.settings.python_names import answers_names
from boxwright.structures import Sample
from boxwright.systems import System
from boxwright.writing.atomic_file import require_free

Progress = Callable[[str, int, int], None]
"""Told what is counted, how many images are done, and of how many."""

PICTURE_SIDE, SMALL_PICTURE_SIDE, THUMBNAIL_SIDE = 1600, 1024, 112
DEFAULT_SYSTEM = "yolov8n"
FEW_IMAGES = 20
"""Up to as many images the pictures may be large."""


@answers_names("inspect")
def inspect(
    source: str | Path | Dataset,
    system: str | System | Sequence[str | System] | None = None,
    split: Literal["train", "val"] = "val",
    *,
    checkpoint: str | Path | Sequence[str | Path] = (),
    images: int | list[str] | str = 12,
    canvas: int | tuple[int, int] | None = None,
    system_options: dict[str, Any] | None = None,
    seed: int = 0,
    title: str | None = None,
    output: str | Path | None = None,
    device: str = "auto",
    on_bad: Literal["error", "skip"] = "error",
    val: float | str | None = None,
    val_seed: int = 0,
    allow_outside: bool = False,
    max_pixels: int = DEFAULT_LIMITS.max_pixels,
    progress: Progress | None = None,
) -> Inspection:
    """Shows which priors of each system answer for which object, and why others do not.

    Images lie in the canvas of each system as in evaluation, and the system's own criterion assigns. Systems that
    look at predictions use a freshly initialised network, whose batch norms use the image as in training, or a trained
    one given by `checkpoint`.

    Args:
        source: Data set: a folder, an annotation file, or "sample:bccd"; or one that exists in Python.
        system: Names of the catalogue, or systems that exist in Python; yolov8n if nothing else is asked for. Parts
            that are exchanged stand behind a colon: yolov8n:assigner=atss.
        split: Part of the data set.
        checkpoint: Model files, or run directories, whose best model is taken; each is shown beside the systems.
        images: How many, spread over the data set; or the names or ids of some; 200 at most.
        canvas: Side of the networks' input, or height and width; if left out, what each system is trained at.
        system_options: Options of the systems, such as guarantee; each goes to the systems that have it.
        seed: Of the fresh networks.
        title: Of the page.
        output: HTML file to write; none is written if left out, and a file that is there stays.
        device: cpu, cuda, cuda:1, mps or auto.
        on_bad: What to do about faulty annotations and images: stop with an error, or skip them.
        val: For data without parts: share of the images to measure on, or the file or run directory that says which.
        val_seed: Of the choice of these images.
        allow_outside: Whether a path in an annotation file may lead out of the folder of the data.
        max_pixels: Largest height × width of an image.
        progress: Called after every image.

    Raises:
        ConfigError: A system, an option or an image is unknown, a canvas does not fit a system, or a file is where
            the page is to be written.
        DataError: The data or a model cannot be read, or their categories differ.
    """
    if output is not None:
        require_free(Path(output), "output")
    opening = {"on_bad": on_bad, "val": val, "val_seed": val_seed, "check_images": "headers"}  # no system needs masks
    dataset = given_or_opened(source, split, ReadingLimits(allow_outside, max_pixels), **opening)
    positions, place = chosen_images(dataset, images), pick_device(device)
    how = dict[str, Any](canvas=canvas, options=system_options or {}, seed=seed, device=place)
    columns = chosen_systems(*_asked(system, checkpoint), dataset.categories, **how)
    largest = max((each.runner.canvas_size for each in columns), key=math.prod)
    require_objects(dataset, largest, part_name(source, split), "measure")
    inspection = Inspection(
        title=_title(source, split, columns) if title is None else title,
        categories=tuple(dataset.categories),
        systems=tuple(map(_inspected_system, columns)),
        images=_all_inspected(dataset, positions, columns, progress),
    )
    if output is not None:
        inspection.save(output)
    return inspection


def _asked(
    system: str | System | Sequence[str | System] | None, checkpoint: str | Path | Sequence[str | Path]
) -> tuple[list[str | System], list[str | Path]]:
    """Makes lists of what is to be compared."""
    models = [checkpoint] if isinstance(checkpoint, str | Path) else list(checkpoint)
    systems = [system] if isinstance(system, str | System) else list(system or ())
    return systems if systems or models else [DEFAULT_SYSTEM], models


def _inspected_system(column: ChosenSystem) -> InspectedSystem:
    return InspectedSystem(column.name, column.runner.priors.to("cpu"))


def _all_inspected(
    dataset: Dataset,
    positions: Sequence[int],
    columns: Sequence[ChosenSystem],
    progress: Progress | None,
) -> tuple[InspectedImage, ...]:
    side = PICTURE_SIDE if len(positions) <= FEW_IMAGES else SMALL_PICTURE_SIDE
    inspected: list[InspectedImage] = []
    for position in positions:
        inspected.append(_inspected(dataset, position, columns, side))
        if progress is not None:
            progress("inspection", len(inspected), len(positions))
    return tuple(inspected)


def _inspected(dataset: Dataset, position: int, columns: Sequence[ChosenSystem], side: int) -> InspectedImage:
    sample = replace(dataset[position], masks=None)
    results = [_explained(sample, column.runner) for column in columns]
    return InspectedImage(
        name=image_name(dataset, position),
        size=sample.size,
        boxes=sample.boxes,
        labels=sample.labels,
        ignore=sample.ignore,
        picture=jpeg(sample.image, side),
        thumbnail=jpeg(sample.image, THUMBNAIL_SIDE),
        letterboxes=tuple(letterbox for letterbox, _ in results),
        explanations=tuple(explanation for _, explanation in results),
    )


def _explained(sample: Sample, runner: Runner) -> tuple[Letterbox, Explanation]:
    """Assigns the targets of one image under one system."""
    fitted = runner.fit(sample)
    # in training mode twice, since batch norms need two values, and a level may be one cell
    copies = 2 if runner.network.training else 1
    batch = collate([fitted])
    predictions = runner.predictions(batch.images.repeat(copies, 1, 1, 1))
    targets = replace(batch.targets, batch_size=copies).to(runner.device)
    explanation = explain(runner.system.criterion, predictions, runner.priors, targets)
    assert fitted.origin.letterbox is not None
    return fitted.origin.letterbox, _of_first_image(explanation.to("cpu"))


def _of_first_image(explanation: Explanation) -> Explanation:
    parts = (explanation.before, explanation.after)
    before, after = (replace(part, ignored=part.ignored[:1]) for part in parts)
    return replace(explanation, before=before, after=after)


def _title(source: str | Path | Dataset, split: str, columns: Sequence[ChosenSystem]) -> str:
    names = ", ".join(column.name for column in columns)
    return f"{Path(source).name} ({split}): {names}" if isinstance(source, str | Path) else f"Label assignment: {names}"
