"""Opening the data and building what is trained."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path

import lightning
from torch import Tensor

from boxwright.data import Dataset, open_dataset, require_same_categories
from boxwright.errors import ConfigError
from boxwright.systems import Recipe, System, build_system, load_model
from boxwright.training.auto_anchor import AnchorReport, training_anchors
from boxwright.training.evaluate import check_canvas
from boxwright.training.freezing import freeze
from boxwright.training.options import options_of, resolve_recipe
from boxwright.training.settings import TrainingSettings


@dataclass(frozen=True, slots=True)
class TrainingTask:
    """Everything that a training works with.

    Args:
        settings: Resolved: nothing is left to the recipe.
        system: What is trained.
        recipe: How.
        train_data: To train on.
        val_data: To measure on.
        start: Where the weights come from, in words, or nothing.
        anchors: What was found about the anchors of a new training, if the system has any.
    """

    settings: TrainingSettings
    system: System
    recipe: Recipe
    train_data: Dataset
    val_data: Dataset
    start: str
    anchors: AnchorReport | None = None


def assemble(settings: TrainingSettings, *, is_new: bool) -> TrainingTask:
    """Opens the data and builds the system, so that what is wrong shows before a run directory is made.

    Args:
        settings: As the user gave them.
        is_new: Whether the weights start anew; else they will come from a checkpoint.

    Raises:
        ConfigError: A setting is impossible.
        DataError: The data set is not usable.
    """
    if settings.data is None:
        raise ConfigError("data: name the data set to train on, for instance --data sample:bccd, or use --resume.")
    train_data, val_data = _open(settings, settings.data)
    options, anchors = training_anchors(settings, train_data) if is_new else (settings.system_options, None)
    lightning.seed_everything(settings.seed, verbose=False)
    system = build_system(settings.system, len(train_data.categories), **options)
    check_canvas(settings.canvas_size, system.max_stride)
    start = ""
    if is_new and settings.weights is not None:
        start = _start_from(system, Path(settings.weights))
    elif is_new and system.start is not None:
        start = f" The backbone starts from {system.start(system.detector)}."
    freeze(system.detector, settings.frozen_prefixes)
    recipe = resolve_recipe(system.recipe, settings.optimization, settings.augmentation)
    optimization, augmentation = options_of(recipe)
    resolved = dataclasses.replace(
        settings,
        data=str(Path(settings.data).absolute()) if Path(settings.data).exists() else settings.data,
        canvas=settings.canvas_size if settings.canvas is None else settings.canvas,
        system_options=dict(system.options),
        optimization=optimization,
        augmentation=augmentation,
    )
    return TrainingTask(resolved, system, recipe, train_data, val_data, start, anchors)


def _open(settings: TrainingSettings, data: str) -> tuple[Dataset, Dataset]:
    train_data = open_dataset(data, "train", on_bad=settings.on_bad, cache=settings.cache)
    val_data = open_dataset(data, "val", on_bad=settings.on_bad, cache=settings.cache)
    require_same_categories(train_data, val_data)
    return train_data, val_data


def _start_from(system: System, path: Path) -> str:
    """Takes over every weight that fits, by name and shape, and says how many did."""
    source, card = load_model(path)
    own = system.detector.state_dict()
    given = source.detector.state_dict()
    fitting: dict[str, Tensor] = {
        name: value for name, value in given.items() if name in own and own[name].shape == value.shape
    }
    if not fitting:
        raise ConfigError(f"weights: nothing of {path} ({card.system}) fits {system.name}. Use a model of the system.")
    system.detector.load_state_dict(fitting, strict=False)
    return f" {len(fitting)} of {len(own)} tensors start from {path}."


def summary(task: TrainingTask) -> str:
    """Says in a few lines what will be trained."""
    settings, recipe = task.settings, task.recipe
    parameters = sum(value.numel() for value in task.system.detector.parameters())
    height, width = settings.canvas_size
    anchors = "" if task.anchors is None else f"\n{task.anchors.verdict()}"
    if task.anchors is not None and not task.anchors.is_enough:
        anchors += f"\n{task.anchors.table()}"
    return (
        f"{settings.system}, {parameters / 1e6:.2f} M parameters, {len(task.train_data.categories)} categories. "
        f"{len(task.train_data)} images to train on, {len(task.val_data)} to measure on. Canvas {height} × {width}, "
        f"{settings.epochs} epochs, batch {settings.batch_size}, {recipe.optimizer} at {recipe.lr:g}, "
        f"seed {settings.seed}.{task.start}{anchors}"
    )
