"""Training a detector on a data set, from names to a measured model."""

import dataclasses
import gc
import logging
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightning
import yaml
from lightning.pytorch.callbacks import Callback

from boxwright.data import Dataset
from boxwright.data.reading_limits import ReadingLimits, refuse_reading_settings
from boxwright.data.sources import write_division
from boxwright.evaluation import Report, measure, write_measurement
from boxwright.evaluation.errors.by_image import said_of_errors
from boxwright.evaluation.low_score import said_of_low_score
from boxwright.run_files.narration import narration
from boxwright.run_files.run_config import write_settings
from boxwright.run_files.run_directory import RunDirectory, new_run_directory, removed_if_refused
from boxwright.settings.training import TrainingSettings, require_parts, settings_from
from boxwright.systems import System, add_measurements, load_model, save_model
from boxwright.systems.model_file import read_tensors
from boxwright.training.assembly import TrainingTask, assemble, left_out, said_of_parts, summary
from boxwright.training.batch_size import with_batch_size
from boxwright.training.checkpoint_keeper import CheckpointKeeper
from boxwright.training.company import in_company
from boxwright.training.continuation import Continuation, continue_run, require_same_classes
from boxwright.training.data_identity import DataIdentity, DataNote
from boxwright.training.epoch_record import EpochRecord
from boxwright.training.interruption import Interruption, interruptible
from boxwright.training.loggers import hand_over, tell_settings
from boxwright.training.object_log import ObjectRecord
from boxwright.training.python_parts import NO_PARTS, PythonParts
from boxwright.training.python_signature import signature_of, told_apart
from boxwright.training.step_record import StepRecord
from boxwright.training.task_data import said_of_kept_images
from boxwright.training.task_loaders import build_loaders
from boxwright.training.task_module import build_module
from boxwright.training.trainer import arithmetic, build_trainer, require_devices
from boxwright.training.weights_read import weights_of, with_system_of_weights
from boxwright.writing.atomic_file import atomic_file

logger = logging.getLogger("boxwright")


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """What a training leaves.

    Args:
        directory: The run directory.
        best_model: Averaged weights of the epoch with the highest AP.
        last_model: Averaged weights of the last epoch.
        report: Measurements of the best model; None on all processes of a distributed training but the first.
    """

    directory: Path
    best_model: Path
    last_model: Path
    report: Report | None


def train(
    data: str | Path | tuple[Dataset, Dataset] | None = None,
    system: str | System | None = None,
    *,
    callbacks: Sequence[Callback] = (),
    transform: Callable[..., Any] | None = None,
    **settings: Any,
) -> TrainingResult:
    """Trains a detector and measures it.

    Args:
        data: Data set: a folder, an annotation file, or "sample:bccd" for the bundled photographs; or two data sets
            that exist in Python, to train on and to measure on (see `boxwright.data.from_torch`).
        system: What to train: a name, yolov8n if left out; or a `System`, of which parts may have been exchanged. A
            copy of that is trained, from the weights that it has.
        callbacks: Lightning's or your own; they see the trainer and the `TrainingModule`.
        transform: A further change of training pictures, after all others: of `torchvision.transforms.v2`, of
            albumentations, or your own (see `boxwright.data.transforms.Transform`).
        **settings: The fields of `TrainingSettings`, the same names as on the command line; the groups
            `optimization` and `augmentation` as dictionaries or options.

    Raises:
        ConfigError: A setting is unknown or impossible.
        DataError: The data set is not usable.
        TrainingError: A loss is not finite.

    Example:
        train("sample:bccd", canvas=320, epochs=60, optimization={"lr": 0.001})
    """
    result = run_training(*told_apart(data, system, callbacks, transform, settings))
    gc.collect()
    return result


def run_training(given: Mapping[str, Any], parts: PythonParts = NO_PARTS) -> TrainingResult:
    """Trains by what was given, which a run that goes on has to tell from defaults.

    Args:
        given: Names and values of `TrainingSettings` that were set, groups as dictionaries.
        parts: What has no name on a command line.
    """
    gc.collect()  # images and weights of a training before this one, failed or not, which trainers keep in circles
    if parts.datasets is not None:
        refuse_reading_settings(given)
    task, continuation = _prepared(given, parts)
    settings = task.settings
    is_first = require_devices(settings)
    run = continuation.run if continuation else _begin_run(task, is_first=is_first)
    with removed_if_refused(run, is_new=continuation is None and is_first), narration(run.log, is_first=is_first):
        identity = DataIdentity.of(task.pictures, settings.shard_window or 0, settings.seed)
        if continuation is None:
            logger.info(f"{summary(task)}\nThe run is in {run.path}.")
            for warning in task.warnings:
                logger.warning(f"Warning: {warning}")
        else:
            kept = said_of_kept_images(task.train_data, task.val_data)
            logger.info(f"{continuation.text()}{said_of_parts(task)}{kept}")
            if differences := identity.differences(continuation.data):
                logger.warning(f"Warning: {differences}")
            if continuation.is_longer and is_first:
                write_settings(settings, run.config, replaces=True)
        trainer = _fit(task, run, continuation, parts, DataNote(identity))
        if not trainer.is_global_zero:
            return TrainingResult(run.path, run.best_model, run.last_model, None)
        result = _measured(task, run, str(trainer.strategy.root_device), parts)
        hand_over(trainer.loggers, run)
        return result


def chosen_settings(given: Mapping[str, Any]) -> str:
    """Writes all settings that a training would have, as a file for --config, headed by what was chosen and why.

    Args:
        given: As for `run_training`.
    """
    task, _ = _prepared(given, NO_PARTS)
    choices = "".join(f"# {choice}\n" for choice in (task.recipe_choice, task.batch_choice) if choice)
    return f"{choices}{yaml.safe_dump(task.settings.to_dict(), sort_keys=False, allow_unicode=True)}"


def _prepared(given: Mapping[str, Any], parts: PythonParts) -> tuple[TrainingTask, Continuation | None]:
    """Opens the data and builds the system of a new training, or of a run that goes on."""
    weights = weights_of(settings_from(given))
    settings, continuation = settings_from(with_system_of_weights(given, weights)), None
    if settings.resume is not None:
        settings, continuation = continue_run(given)
        parts.require_same(continuation.own_parts)
        if continuation.run.split.is_file():  # the parts stay as they were
            settings = dataclasses.replace(settings, val=str(continuation.run.split))
    elif parts.system is None:
        require_parts(settings)
    task = assemble(settings, is_new=continuation is None, datasets=parts.datasets, own=parts.system, weights=weights)
    del weights  # the trial of a batch size needs the memory
    task = with_batch_size(task)
    if continuation is not None:
        require_same_classes(continuation.run, task.train_data.categories)
        task = task.going_on(continuation.run.last_model)
    return task, continuation


def _begin_run(task: TrainingTask, *, is_first: bool) -> RunDirectory:
    """Makes the run directory, in the first process only; the others are told of it when training starts."""
    settings = task.settings
    if not is_first:
        return RunDirectory(Path(settings.output) / settings.name)
    run = new_run_directory(Path(settings.output), settings.name)
    write_settings(settings, run.config)
    if settings.val is not None and settings.data is not None:
        limits = ReadingLimits(settings.allow_outside, settings.max_pixels)
        write_division(settings.data, run.split, limits, val=settings.val, val_seed=settings.val_seed)
    skipped = left_out(task)
    if skipped:
        with atomic_file(run.skipped) as file:
            file.write("".join(f"{line}\n" for line in skipped).encode("utf-8", "backslashreplace"))
    return run


def _fit(
    task: TrainingTask, run: RunDirectory, continuation: Continuation | None, parts: PythonParts, note: DataNote
) -> lightning.Trainer:
    settings = task.settings

    def save(path: Path) -> None:
        save_model(
            path,
            task.system,
            categories=task.train_data.categories,
            category_ids=task.train_data.category_ids,
            canvas_size=settings.canvas_size,
            config=settings.to_dict(),
            state=module.average.model.state_dict(),
            provenance=task.provenance,
            licence=task.licence,
            tiling=settings.tiling,
        )

    interruption = Interruption()
    keeper = CheckpointKeeper(
        run,
        save,
        interruption,
        patience=settings.patience,
        every=settings.checkpoint_every,
        patient_from=continuation.epochs_done if continuation is not None and continuation.is_longer else None,
    )
    trainer = build_trainer(settings, run, [*_records(task, run), note, interruption, keeper, *parts.callbacks])
    if continuation is not None and continuation.is_finished:
        return trainer
    train_loader, val_loader = build_loaders(task, trainer, parts)
    module = build_module(task, trainer.world_size, parts)
    tell_settings(trainer.loggers, settings.to_dict())
    if continuation is not None:
        train_loader.set_epoch(continuation.epochs_done, continuation.batches_done)
    with arithmetic(settings), in_company(trainer, interruption), interruptible(trainer, interruption):
        trainer.fit(module, train_loader, val_loader, ckpt_path=str(continuation.checkpoint) if continuation else None)
    return trainer


def _records(task: TrainingTask, run: RunDirectory) -> list[Callback]:
    settings = task.settings
    records: list[Callback] = [EpochRecord(run)]
    if settings.log_objects is not None:
        records.append(ObjectRecord(run, task.train_data, settings.log_objects))
    if settings.log_every is not None:
        records.append(StepRecord(run, settings.log_every))
    return records


def _measured(task: TrainingTask, run: RunDirectory, device: str, parts: PythonParts) -> TrainingResult:
    """Measures the best model and writes down what was found."""
    if parts.system is None:
        system, _ = load_model(run.best_model)
    else:  # whose parts no file holds
        system = dataclasses.replace(task.system, detector=deepcopy(task.system.detector).cpu())
        system.detector.load_state_dict(read_tensors(run.best_model))
    settings = task.settings
    found = measure(
        system,
        task.pictures[1],
        settings.canvas_size,
        batch_size=settings.images_per_batch,
        workers=settings.workers,
        device=device,
        precision=settings.precision,
        max_detections=settings.max_detections,
    )
    errors = said_of_errors(write_measurement(found, task.val_data, run.path))
    add_measurements(run.best_model, found.report.summary(None if settings.data is None else f"{settings.data}, val"))
    advice = said_of_low_score(found.report, settings.data or "DATA")
    said = [f"\nThe best weights, on val:\n{found.report.table()}", errors, advice, f"Everything is in {run.path}."]
    logger.info("\n\n".join(filter(None, said)))
    return TrainingResult(run.path, run.best_model, run.last_model, found.report)


train.__signature__ = signature_of(TrainingResult, TrainingSettings)  # type: ignore[attr-defined]
