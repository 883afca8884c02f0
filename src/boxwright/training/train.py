"""Training a detector on a data set, from names to a measured model."""

import dataclasses
import logging
import sys
from dataclasses import dataclass
from inspect import Parameter, Signature
from pathlib import Path
from typing import Any

import lightning
from torch import Tensor

from boxwright.data import AugmentationSettings, Dataset, Loader
from boxwright.data import evaluation_loader, open_dataset, require_same_categories, training_loader
from boxwright.errors import ConfigError
from boxwright.evaluation import Report
from boxwright.systems import Recipe, System, build_system, load_model, save_model
from boxwright.training.callbacks import CheckpointKeeper, EpochRecord
from boxwright.training.checkpoint_io import AtomicCheckpointIO
from boxwright.training.continuation import Continuation, continue_run
from boxwright.training.devices import default_workers
from boxwright.training.evaluate import check_canvas, measure, write_measurement
from boxwright.training.freezing import freeze
from boxwright.training.loggers import build_loggers
from boxwright.training.module import TrainingModule
from boxwright.training.options import options_of, resolve_recipe
from boxwright.training.narration import narration
from boxwright.training.progress import LossBar
from boxwright.training.run_directory import RunDirectory, find_model, new_run_directory
from boxwright.training.settings import TrainingSettings, settings_from, write_settings

logger = logging.getLogger("boxwright")

PRECISIONS = {"32": "32-true", "bf16": "bf16-mixed", "fp16": "16-mixed"}


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


@dataclass(frozen=True, slots=True)
class _Task:
    """Everything that a training works with, put together."""

    settings: TrainingSettings
    system: System
    recipe: Recipe
    train_data: Dataset
    val_data: Dataset


def train(data: str | Path | None = None, system: str = "yolov8n", **settings: Any) -> TrainingResult:
    """Trains a detector and measures it.

    Args:
        data: Data set: a folder, a YAML file, or "sample:bccd" for the bundled photographs.
        system: What to train.
        **settings: The fields of `TrainingSettings`, the same names as on the command line; the groups
            `optimization` and `augmentation` as dictionaries or options.

    Raises:
        ConfigError: A setting is unknown or impossible.
        DataError: The data set is not usable.
        TrainingError: A loss is not finite.

    Example:
        train("sample:bccd", canvas=320, epochs=60, optimization={"lr": 0.001})
    """
    return run_training(settings_from({"data": data, "system": system, **settings}))


def run_training(settings: TrainingSettings) -> TrainingResult:
    """Trains by settings that are put together already.

    Args:
        settings: What to train and how.
    """
    continuation = None
    if settings.resume is not None:
        settings, continuation = continue_run(settings)
    task = _assemble(settings, is_new=continuation is None)
    run = continuation.run if continuation else _begin_run(task.settings)
    with narration(run.log):
        if continuation is None:
            logger.info(f"{_summary(task)}\nThe run is in {run.path}.")
        else:
            logger.info(f"{run.path} goes on after epoch {continuation.epochs_done}.")
        trainer = _fit(task, run, continuation)
        if not trainer.is_global_zero:
            return TrainingResult(run.path, run.best_model, run.last_model, None)
        return _measured(task, run, str(trainer.strategy.root_device))


def _assemble(settings: TrainingSettings, *, is_new: bool) -> _Task:
    """Opens the data and builds the system, so that what is wrong shows before a run directory is made."""
    if settings.data is None:
        raise ConfigError('data: name the data set to train on, for instance --data sample:bccd, or use --resume.')
    train_data, val_data = _open(settings, settings.data)
    lightning.seed_everything(settings.seed, verbose=False)
    system = build_system(settings.system, len(train_data.categories), **settings.system_options)
    check_canvas(settings.canvas_size, system.max_stride)
    if is_new and settings.weights is not None:
        _start_from(system, Path(settings.weights))
    freeze(system.detector, settings.frozen_prefixes)
    recipe = resolve_recipe(system.recipe, settings.optimization, settings.augmentation)
    optimization, augmentation = options_of(recipe)
    resolved = dataclasses.replace(
        settings,
        data=str(Path(settings.data).absolute()) if Path(settings.data).exists() else settings.data,
        system_options=dict(system.options),
        optimization=optimization,
        augmentation=augmentation,
    )
    return _Task(resolved, system, recipe, train_data, val_data)


def _open(settings: TrainingSettings, data: str) -> tuple[Dataset, Dataset]:
    train_data = open_dataset(data, "train", on_bad=settings.on_bad, cache=settings.cache)
    val_data = open_dataset(data, "val", on_bad=settings.on_bad, cache=settings.cache)
    require_same_categories(train_data, val_data)
    return train_data, val_data


def _start_from(system: System, path: Path) -> None:
    """Takes over every weight that fits, by name and shape."""
    source, card = load_model(find_model(path))
    own = system.detector.state_dict()
    given = source.detector.state_dict()
    fitting: dict[str, Tensor] = {
        name: value for name, value in given.items() if name in own and own[name].shape == value.shape
    }
    if not fitting:
        raise ConfigError(f"weights: nothing of {path} ({card.system}) fits {system.name}. Use a model of the system.")
    system.detector.load_state_dict(fitting, strict=False)
    logger.info(f"{len(fitting)} of {len(own)} tensors start from {path}.")


def _begin_run(settings: TrainingSettings) -> RunDirectory:
    """Makes the run directory, in the first process only; the others are told of it when training starts."""
    if lightning.pytorch.utilities.rank_zero_only.rank != 0:
        return RunDirectory(Path(settings.output) / settings.name)
    run = new_run_directory(Path(settings.output), settings.name)
    write_settings(settings, run.config)
    return run


def _fit(task: _Task, run: RunDirectory, continuation: Continuation | None) -> lightning.Trainer:
    settings = task.settings

    def save(path: Path) -> None:
        save_model(
            path,
            task.system,
            categories=task.train_data.categories,
            canvas_size=settings.canvas_size,
            config=settings.to_dict(),
            state=module.average.model.state_dict(),
        )

    keeper = CheckpointKeeper(run, save, patience=settings.patience)
    trainer = _trainer(settings, run, keeper)
    if continuation is not None and continuation.is_finished:
        return trainer
    train_loader, val_loader = _loaders(task, trainer)
    module = TrainingModule(
        task.system,
        task.recipe,
        task.val_data,
        epochs=settings.epochs,
        batches_per_epoch=-(-(-(-len(task.train_data) // trainer.world_size)) // (train_loader.batch_size or 1)),
        batch_size=settings.batch_size,
        canvas_size=settings.canvas_size,
    )
    if continuation is not None:
        train_loader.set_epoch(continuation.epochs_done)
    checkpoint = continuation.checkpoint if continuation else None
    trainer.fit(module, train_loader, val_loader, ckpt_path=None if checkpoint is None else str(checkpoint))
    return trainer


def _trainer(settings: TrainingSettings, run: RunDirectory, keeper: CheckpointKeeper) -> lightning.Trainer:
    has_bar = sys.stderr.isatty()
    return lightning.Trainer(
        accelerator=settings.accelerator,
        devices=settings.devices,
        num_nodes=settings.nodes,
        strategy=settings.strategy,
        precision=PRECISIONS[settings.precision],  # type: ignore[arg-type]
        max_epochs=settings.epochs,
        check_val_every_n_epoch=settings.evaluate_every,
        num_sanity_val_steps=0,
        logger=build_loggers(settings.loggers, run),
        callbacks=[EpochRecord(run), keeper, *([LossBar()] if has_bar else [])],
        enable_progress_bar=has_bar,
        enable_model_summary=False,
        enable_checkpointing=True,
        plugins=[AtomicCheckpointIO()],
        default_root_dir=run.path,
        benchmark=True,
    )


def _loaders(task: _Task, trainer: lightning.Trainer) -> tuple[Loader, Loader]:
    settings, world = task.settings, trainer.world_size
    if settings.batch_size % world:
        raise ConfigError(
            f"batch_size is shared by all devices and must be a multiple of {world}; found {settings.batch_size}."
        )
    pin = trainer.strategy.root_device.type == "cuda"
    workers = default_workers(trainer.num_devices) if settings.workers is None else settings.workers
    augmentation = AugmentationSettings(**dataclasses.asdict(task.recipe.augmentation))
    train_loader = training_loader(
        task.train_data,
        settings.canvas_size,
        settings.batch_size // world,
        augmentation,
        seed=settings.seed,
        epochs=settings.epochs,
        workers=workers,
        pin_memory=pin,
    )
    val_loader = evaluation_loader(
        task.val_data, settings.canvas_size, settings.batch_size // world, workers=workers, pin_memory=pin
    )
    return train_loader, val_loader


def _measured(task: _Task, run: RunDirectory, device: str) -> TrainingResult:
    """Measures the best model and writes down what was found."""
    system, _ = load_model(run.best_model, device)
    settings = task.settings
    found = measure(
        system,
        task.val_data,
        settings.canvas_size,
        batch_size=settings.batch_size,
        workers=settings.workers,
        device=device,
        precision=settings.precision,
    )
    write_measurement(found, task.val_data, run.path)
    logger.info(f"\nThe best weights, on val:\n{found.report.table()}\n\nEverything is in {run.path}.")
    return TrainingResult(run.path, run.best_model, run.last_model, found.report)


def _summary(task: _Task) -> str:
    settings, recipe = task.settings, task.recipe
    parameters = sum(value.numel() for value in task.system.detector.parameters())
    height, width = settings.canvas_size
    return (
        f"{settings.system}, {parameters / 1e6:.2f} M parameters, {len(task.train_data.categories)} categories. "
        f"{len(task.train_data)} images to train on, {len(task.val_data)} to measure on. Canvas {height} × {width}, "
        f"{settings.epochs} epochs, batch {settings.batch_size}, {recipe.optimizer} at {recipe.lr:g}, "
        f"seed {settings.seed}."
    )


def _signature() -> Signature:
    """Shows every setting where `help` or an editor asks for the signature of `train`."""
    parameters = [
        Parameter(
            entry.name,
            Parameter.POSITIONAL_OR_KEYWORD if entry.name in ("data", "system") else Parameter.KEYWORD_ONLY,
            default=getattr(TrainingSettings(), entry.name),
            annotation=entry.type,
        )
        for entry in dataclasses.fields(TrainingSettings)
    ]
    return Signature(parameters, return_annotation=TrainingResult)


train.__signature__ = _signature()  # type: ignore[attr-defined]
