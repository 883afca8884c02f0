"""Whether the objects of a data set have priors that answer for them, before anything is trained."""

import json as json_format
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from boxwright.compute_device import pick_device
from boxwright.data import Dataset, ReadingLimits
from boxwright.data.loading.kept_images import KeptImages
from boxwright.data.loading.worker_count import worker_count
from boxwright.data.reading_limits import DEFAULT_LIMITS
from boxwright.data.sources import given_or_opened, part_name
from boxwright.data.tiles.tiled import in_tiles
from boxwright.data.verification.objects_to_learn import require_objects
from boxwright.errors import ConfigError
from boxwright.geometry.tiling import Tiling, tiling_of
from boxwright.inference import check_categories
from boxwright.inspection.diagnosis.advice.advice import Advice, advise
from boxwright.inspection.diagnosis.advice.tile_effect import TileEffect, tile_effects
from boxwright.inspection.diagnosis.report.diagnosis import Diagnosis
from boxwright.inspection.diagnosis.subject import Subject, plan_subjects
from boxwright.inspection.diagnosis.survey.batches import Sight
from boxwright.inspection.diagnosis.survey.survey import Survey, survey
from boxwright.inspection.diagnosis.survey.system_diagnosis import SystemDiagnosis
from boxwright.settings.python_names import answers_names
from boxwright.systems import System, read_card
from boxwright.writing.atomic_file import atomic_file, require_free

Progress = Callable[[str, int, int], None]
"""Told what is done, how many images of it are done, and of how many."""

LEAST_GAIN = 0.01


@answers_names("diagnose")
def diagnose(
    data: str | Path | Dataset,
    system: str | System | Sequence[str | System] = (),
    *,
    canvas: int | tuple[int, int] | None = None,
    tile: int | tuple[int, int] | None = None,
    tile_overlap: float | None = None,
    split: Literal["train", "val"] = "train",
    checkpoint: str | Path | None = None,
    system_options: Mapping[str, Any] | None = None,
    augmented: bool = False,
    images: int | None = None,
    advice: bool = True,
    least_gain: float = LEAST_GAIN,
    fail_above: float | None = None,
    json: str | Path | None = None,
    html: str | Path | None = None,
    seed: int = 0,
    batch_size: int = 16,
    workers: int | None = None,
    device: str = "auto",
    on_bad: Literal["error", "skip"] = "error",
    val: float | str | None = None,
    val_seed: int = 0,
    allow_outside: bool = False,
    max_pixels: int = DEFAULT_LIMITS.max_pixels,
    progress: Progress | None = None,
) -> Diagnosis:
    """Runs the assigner of each system over a data set, as a training would, and says what would help.

    Args:
        data: Data set: a folder, an annotation file, or "sample:bccd"; or one that exists in Python.
        system: What to diagnose, for instance yolov8n, or with other parts yolov8n:assigner=atss, or a system that
            exists in Python; several are compared. Left out it is that of the checkpoint, else yolov8n.
        canvas: Side of the network's input in pixels, or height and width, of all systems; left out, that of the
            checkpoint or of each system.
        tile: Side of tiles, or height and width, in pixels of the image: whether they would help is measured.
        tile_overlap: Share of its side that a tile has in common with the next one; 0.2 if left out.
        split: Part of the data set.
        checkpoint: Model file, or run directory for its best model, in place of new weights; they matter to systems
            that look at predictions.
        system_options: Further options of the systems, for instance guarantee.
        augmented: Whether images are augmented as in the first epoch of a training.
        images: How many images to look at, drawn by the seed; all if left out.
        advice: Whether to try what would help.
        least_gain: By how much a share must fall for a change to be proposed, 0 to 1.
        fail_above: Largest share of targets without a positive, 0 to 1; the exit code is 1 above it.
        json: Where to write everything as JSON; a file that is there stays.
        html: Where to write a page that needs no network, likewise.
        seed: Of new weights, of the augmentation, and of the choice of images.
        batch_size: Images per batch, where images are needed.
        workers: Processes that load images, or null to choose.
        device: cpu, cuda, cuda:1, mps or auto.
        on_bad: What to do about faulty annotations: stop with an error, or skip them.
        val: For data without parts: share of the images to measure on, or the file or run directory that says which.
        val_seed: Of the choice of these images.
        allow_outside: Whether a path in an annotation file may lead out of the folder of the data.
        max_pixels: Largest height × width of an image.
        progress: Told about every batch.

    Raises:
        ConfigError: A setting is impossible, or a file is where one is to be written.
        DataError: The data set or the checkpoint is not usable.
    """
    _check(images, least_gain, fail_above, seed, json, html, has_gain=advice or tile is not None)
    tiling = tiling_of(tile, tile_overlap)
    subjects = plan_subjects(system, canvas, checkpoint, system_options or {}, seed)
    opening = dict[str, Any](on_bad=on_bad, val=val, val_seed=val_seed, tiling=tiling)
    whole = _opened(data, split, ReadingLimits(allow_outside, max_pixels), subjects, augmented=augmented, **opening)
    sight = Sight(augmented, batch_size, worker_count(workers), pick_device(device), images, seed)
    chosen = whole if augmented or images is None else _drawn(whole, images, seed)
    surveys = [_surveyed(subject, chosen, sight, progress) for subject in subjects]
    found, effects = _helping(surveys, chosen, sight, tiling, least_gain, progress, advice=advice)
    diagnosis = _summed_up(surveys, whole, _title(data), split, augmented, found, fail_above, effects)
    return _written(diagnosis, json, html)


def _check(
    images: int | None,
    least_gain: float,
    fail_above: float | None,
    seed: int,
    json: str | Path | None,
    html: str | Path | None,
    *,
    has_gain: bool,
) -> None:
    if not has_gain and least_gain != LEAST_GAIN:
        raise ConfigError("least_gain is for advice, which is off. Leave one of them out.")
    if images is not None and images < 1:
        raise ConfigError(f"images must be at least 1; found {images}.")
    if seed < 0:
        raise ConfigError(f"seed must be 0 or more; found {seed}.")
    for name, value in (("least_gain", least_gain), ("fail_above", fail_above)):
        if value is not None and not 0 <= value <= 1:
            raise ConfigError(f"{name} is a share, 0 to 1; found {value}. For 5 % give 0.05.")
    _require_free(json, html)


def _require_free(json: str | Path | None, html: str | Path | None) -> None:
    for setting, path in (("json", json), ("html", html)):
        if path is not None:
            require_free(Path(path), setting)
    if json is not None and html is not None and Path(json).absolute() == Path(html).absolute():
        raise ConfigError(f"json and html are both {json}. Name a file for each.")


def _opened(
    data: str | Path | Dataset,
    split: Literal["train", "val"],
    limits: ReadingLimits,
    subjects: Sequence[Subject],
    *,
    augmented: bool,
    tiling: Tiling | None,
    **opening: Any,
) -> Dataset:
    """Opens the data; masks are needed only where augmentation fits boxes to them, as in training."""
    masks = augmented and any(subject.has_masks for subject in subjects)
    dataset = given_or_opened(data, split, limits, masks=masks, **opening)
    for subject in subjects:
        if subject.checkpoint is not None:
            check_categories(read_card(subject.checkpoint).categories, dataset.categories, str(subject.checkpoint))
    largest = max((subject.canvas_size for subject in subjects), key=math.prod)
    pictures = in_tiles(dataset, tiling)  # in which objects may be large enough that are not in whole images
    require_objects(pictures, largest, part_name(data, split), "learn" if split == "train" else "measure")
    return dataset


def _title(data: str | Path | Dataset) -> str:
    return str(data) if isinstance(data, str | Path) else type(data).__name__


def _drawn(dataset: Dataset, images: int, seed: int) -> Dataset:
    """Draws some images, in the order of the data set."""
    if images >= len(dataset):
        return dataset
    drawn = np.random.default_rng(seed).choice(len(dataset), images, replace=False)
    return KeptImages(dataset, sorted(drawn.tolist()))


def _surveyed(subject: Subject, dataset: Dataset, sight: Sight, progress: Progress | None) -> Survey:
    def told(done: int, total: int) -> None:
        if progress is not None:
            progress(subject.title, done, total)

    return survey(subject, dataset, sight, progress=told)


def _helping(
    surveys: Sequence[Survey],
    dataset: Dataset,
    sight: Sight,
    tiling: Tiling | None,
    least_gain: float,
    told: Progress | None,
    *,
    advice: bool,
) -> tuple[tuple[Advice, ...] | None, tuple[TileEffect, ...]]:
    """Tries what would help, and tiles, as far as either is asked for."""
    found = advise(surveys, dataset, sight, least_gain=least_gain, told=told) if advice else None
    return found, tile_effects(surveys, dataset, tiling, sight, least_gain=least_gain, told=told)


def _summed_up(
    surveys: Sequence[Survey],
    whole: Dataset,
    title: str,
    split: str,
    augmented: bool,
    found: tuple[Advice, ...] | None,
    fail_above: float | None,
    effects: tuple[TileEffect, ...],
) -> Diagnosis:
    seen = surveys[0].tally
    systems = tuple(SystemDiagnosis.of(one, whole.categories) for one in surveys)
    counts = (seen.num_images, len(whole), seen.ignored_regions)
    return Diagnosis(title, split, *counts, augmented, systems, found, fail_above, effects)


def _written(diagnosis: Diagnosis, json: str | Path | None, html: str | Path | None) -> Diagnosis:
    if json is not None:
        content = json_format.dumps(diagnosis.to_dict(), indent=2, ensure_ascii=False)
        with atomic_file(Path(json)) as file:
            file.write(content.encode("utf-8", "backslashreplace"))
    if html is not None:
        with atomic_file(Path(html)) as file:
            file.write(diagnosis.html().encode("utf-8", "backslashreplace"))
    return diagnosis
