"""Opening the data and building what is trained."""

import dataclasses
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import lightning

from boxwright.data import Dataset, RamCache
from boxwright.data.anchor_report import AnchorReport
from boxwright.data.shards.named_place import window_of
from boxwright.data.sources import absolute_source
from boxwright.data.verification.objects_to_learn import lack_of_objects, require_objects
from boxwright.errors import ConfigError, DataError, counted
from boxwright.inference import check_canvas, finding_at_most
from boxwright.run_files.object_files import require_format
from boxwright.settings.options import options_of, resolve_recipe
from boxwright.settings.training import TrainingSettings
from boxwright.systems import Recipe, System, build_system, has_model, read_card, with_parts
from boxwright.systems.model_card import UNKNOWN_LICENCE
from boxwright.training.anchor_choice import training_anchors
from boxwright.training.class_weights import class_weights_of, said_of_class_weights, with_class_weights
from boxwright.training.compiler import require_compiler
from boxwright.training.cutting import Tiles, cut, said_of_cutting
from boxwright.training.fitted_recipe import FittedRecipe
from boxwright.training.freezing import freeze
from boxwright.training.idle_settings import idle_settings
from boxwright.training.inherited_options import said_of_options
from boxwright.training.recipe_choice import chosen_recipe
from boxwright.training.starting_weights import Start, start_from
from boxwright.training.task_data import given_data, open_data, said_of_kept_images
from boxwright.training.weights_read import WeightsRead, weights_of


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
        idle: Settings that were changed and change nothing, see `idle_settings`.
        warnings: What does not stop the training and should be looked at.
        provenance: Where the weights of a new training come from, by name.
        licence: Of these.
        batch_choice: Why the batch size is what it is, where it was chosen by the memory.
        recipe_choice: Why the recipe is not the published one, where it was chosen to fit.
        tiles: Of both data sets, where images are cut.
        class_weights: Of the class loss, by label, where classes do not count alike.
    """

    settings: TrainingSettings
    system: System
    recipe: Recipe
    train_data: Dataset
    val_data: Dataset
    start: str
    anchors: AnchorReport | None = None
    idle: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)
    licence: str = UNKNOWN_LICENCE
    batch_choice: str = ""
    recipe_choice: str = ""
    tiles: Tiles | None = None
    class_weights: tuple[float, ...] | None = None

    @property
    def pictures(self) -> tuple[Dataset, Dataset]:
        """What the network sees in an epoch, and in a validation: images, or tiles of them."""
        return self.tiles or (self.train_data, self.val_data)

    def going_on(self, model: Path) -> "TrainingTask":
        """Takes up what came along with the weights that a run began with.

        Args:
            model: The last of the run, if it is there.
        """
        if not has_model(model):
            return self
        card = read_card(model)
        system = dataclasses.replace(self.system, normalization=card.normalization or self.system.normalization)
        return dataclasses.replace(self, system=system, provenance=card.provenance, licence=card.licence)


def assemble(
    settings: TrainingSettings,
    *,
    is_new: bool,
    datasets: tuple[Dataset, Dataset] | None = None,
    own: System | None = None,
    weights: WeightsRead | None = None,
) -> TrainingTask:
    """Opens the data and builds the system, so that what is wrong shows before a run directory is made.

    Args:
        settings: As the user gave them.
        is_new: Whether the weights start anew; else they will come from a checkpoint.
        datasets: To train on and to measure on, in place of what `settings.data` names.
        own: A system with exchanged parts, in place of the one that the settings name.
        weights: Those that the settings name, if they were read.

    Raises:
        ConfigError: A setting is impossible, or there is no compiler.
        DataError: The data set is not usable.
        MissingExtraError: The objects cannot be logged in that format.
    """
    if settings.log_objects is not None:
        require_format(settings.log_objects)
    if settings.compile:
        require_compiler(settings.accelerator)
    train_data, val_data = open_data(settings, settings.data) if datasets is None else given_data(settings, datasets)
    tiles = cut(settings, train_data, val_data)
    pictures, val_pictures = tiles or (train_data, val_data)
    warnings = _judged(settings, pictures, val_pictures)
    weights = weights or (weights_of(settings) if is_new else None)
    system, anchors = (
        _built(settings, pictures, weights, is_new=is_new)
        if own is None
        else (_copied(settings, own, train_data), None)
    )
    check_canvas(system, settings.canvas_size)
    class_weights = class_weights_of(settings.class_weights, train_data)
    system = with_class_weights(system, class_weights)
    is_own = own is not None
    start = _started(settings, system, train_data, weights, is_own=is_own) if is_new else Start(system, "", {})
    freeze(system.detector, settings.frozen_prefixes, only_at_first=settings.freeze_epochs is not None)
    fitted = FittedRecipe(system.recipe, max_detections=settings.detections_per_image)
    if is_new:
        fitted = chosen_recipe(settings, start, pictures, is_own=is_own)
    recipe = resolve_recipe(fitted.recipe, settings.optimization, settings.augmentation)
    idle = tuple(idle_settings(settings, system, fitted.recipe, recipe, pictures)) if is_new else ()
    usual = start.system.postprocessor.max_detections
    most = fitted.max_detections or usual
    trained = start.system if most == usual else finding_at_most(start.system, most)
    resolved = _resolved(settings, system, recipe, fitted.batch_size, most)
    said = (start.text, anchors, idle, warnings, start.provenance, start.licence, "", fitted.text)
    return TrainingTask(resolved, trained, recipe, train_data, val_data, *said, tiles, class_weights)


def _resolved(
    settings: TrainingSettings, system: System, recipe: Recipe, batch_size: int, most: int
) -> TrainingSettings:
    """Gives the settings with nothing left to the recipe, and paths that hold in every folder."""
    optimization, augmentation = options_of(recipe)
    return dataclasses.replace(
        settings,
        data=None if settings.data is None else absolute_source(settings.data),
        shard_window=window_of(settings.data, settings.shard_window),
        val=str(Path(settings.val).absolute()) if isinstance(settings.val, str) else settings.val,
        canvas=settings.canvas_size if settings.canvas is None else settings.canvas,
        system_options=dict(system.options),
        parts={role: dict(part) for role, part in system.parts.items()},
        optimization=optimization,
        augmentation=augmentation,
        batch_size=settings.batch_size or batch_size,
        detections_per_image=most,
    )


def _built(
    settings: TrainingSettings, data: Dataset, weights: WeightsRead | None, *, is_new: bool
) -> tuple[System, AnchorReport | None]:
    """Builds the system of the settings, with anchors for the data."""
    options, anchors = training_anchors(settings, data, weights) if is_new else (settings.system_options, None)
    lightning.seed_everything(settings.seed, verbose=False)
    system = build_system(settings.system, len(data.categories), **options)
    return with_parts(system, settings.parts), anchors


def _copied(settings: TrainingSettings, own: System, data: Dataset) -> System:
    """Copies a system with exchanged parts, so that the one that was given stays as it is."""
    if settings.system_options and settings.system_options != dict(own.options):
        raise ConfigError("system_options: the system was given as a whole. Leave them out, or give its name only.")
    if settings.parts:
        raise ConfigError(
            "parts: the system was given as a whole. Exchange its parts by boxwright.systems.with_parts, or give its "
            "name only."
        )
    if own.num_classes != len(data.categories):
        raise ConfigError(
            f"system: it finds {counted(own.num_classes, 'category', 'categories')}; the data has "
            f"{len(data.categories)}. Build it for as many."
        )
    lightning.seed_everything(settings.seed, verbose=False)
    return dataclasses.replace(own, detector=deepcopy(own.detector), criterion=deepcopy(own.criterion))


def _started(
    settings: TrainingSettings, system: System, data: Dataset, weights: WeightsRead | None, *, is_own: bool
) -> Start:
    """Puts weights into a new system, and says where they come from."""
    if weights is not None:
        start = start_from(system, data.categories, weights)
        options = said_of_options(settings, dict(system.options))
        return dataclasses.replace(start, text=f"{start.text}{options}")
    if is_own:
        return Start(system, "", {"start": "weights of the system that was given"})
    if system.start is None:
        return Start(system, "", {"start": "random weights"})
    source = system.start(system.detector)
    text = f" The backbone starts from {source}."
    return Start(system, text, {"backbone": f"{source}, ImageNet"}, beginning="backbone")


def _judged(settings: TrainingSettings, train_data: Dataset, val_data: Dataset) -> tuple[str, ...]:
    """Stops if there is nothing to learn; gives what is to be said if there is nothing to measure."""
    source = "the data set" if settings.data is None else settings.data
    require_objects(train_data, settings.canvas_size, f"{source}, train", "learn")
    lack = lack_of_objects(val_data, settings.canvas_size, f"{source}, val", "measure")
    if lack is not None and lack.severity == "error":
        raise DataError(f"{lack}.")
    return () if lack is None else (f"{lack}.",)


def left_out(task: TrainingTask) -> list[str]:
    """Lists the faulty images and objects that the training goes without, one line each."""
    parts = [data.dataset if isinstance(data, RamCache) else data for data in (task.train_data, task.val_data)]
    return list(dict.fromkeys(line for part in parts for line in getattr(part, "skipped", ())))


def summary(task: TrainingTask) -> str:
    """Says in a few lines what will be trained."""
    settings, recipe = task.settings, task.recipe
    categories = counted(len(task.train_data.categories), "category", "categories")
    parameters = sum(value.numel() for value in task.system.detector.parameters())
    height, width = settings.canvas_size
    said = f"{task.start}{_said_of_skipped(task)}"
    anchors = "" if task.anchors is None else f"\n{task.anchors.verdict()}"
    if task.anchors is not None and not task.anchors.is_enough:
        anchors += f"\n{task.anchors.table()}"
    return (
        f"{settings.system}, {parameters / 1e6:.2f} M parameters, {categories}. "
        f"{counted(len(task.train_data), 'image')} to train on, {len(task.val_data)} to measure on"
        f"{said_of_cutting(settings, task.tiles)}. Canvas {height} × {width}, {counted(settings.epochs, 'epoch')}, "
        f"batch {settings.batch_size}, {recipe.optimizer} at {recipe.lr:g}, "
        f"seed {settings.seed}.{said}{said_of_parts(task)}{said_of_class_weights(task.class_weights, task.train_data)}"
        f"{anchors}{_said_of_choices(task)}{said_of_kept_images(task.train_data, task.val_data)}{_said_of_idle(task)}"
    )


def said_of_parts(task: TrainingTask) -> str:
    """Names the parts that stand in place of the system's own.

    Args:
        task: Of the training.
    """
    said = []
    for role, part in task.system.parts.items():
        options = ", ".join(f"{name} {value}" for name, value in part.items() if name != "name")
        said.append(f"{role} {part['name']}{f' ({options})' if options else ''}")
    return f"\nParts in place of the system's own: {'; '.join(said)}." if said else ""


def _said_of_choices(task: TrainingTask) -> str:
    return "".join(f"\n{choice}" for choice in (task.recipe_choice, task.batch_choice) if choice)


def _said_of_idle(task: TrainingTask) -> str:
    return f"\nWithout effect here: {', '.join(task.idle)}." if task.idle else ""


def _said_of_skipped(task: TrainingTask) -> str:
    count = len(left_out(task))
    return f" {counted(count, 'fault is', 'faults are')} left out, listed in skipped.txt." if count else ""
