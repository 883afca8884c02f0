"""Everything that can be set about a training: one definition for the command line and for Python."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from boxwright.arguments.parser import SettingsParser
from boxwright.arguments.plain import plain
from boxwright.arguments.possible_values import require_workers
from boxwright.arguments.usage_error import UsageError
from boxwright.errors import ConfigError, unknown_name
from boxwright.geometry.canvas import canvas_pair
from boxwright.geometry.tiling import DEFAULT_OVERLAP, Tiling, tiling_of
from boxwright.settings.catalog import default_canvas, require_system
from boxwright.settings.class_weights import require_class_weights
from boxwright.settings.given_paths import require_data, require_model
from boxwright.settings.options import AugmentationOptions, OptimizationOptions, resolve_recipe
from boxwright.settings.parts.choice import choices_of
from boxwright.settings.python_names import require_names
from boxwright.settings.reading import MAX_PIXELS
from boxwright.settings.recipe import Recipe
from boxwright.settings.strategy import require_strategy
from boxwright.writing.atomic_file import require_folder

SEEDS = 2**32  # how many NumPy has
LOGGERS = ("csv", "tensorboard", "wandb", "mlflow")
GROUPS = ("optimization", "augmentation")


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """The settings of one training.

    Args:
        data: Data set: a folder, an annotation file, or "sample:bccd" for the bundled photographs.
        system: What to train, for instance yolov8n.
        canvas: Side of the network's input in pixels, or height and width; multiples of the largest stride. Left out it
            is that of the system: 640 for most.
        tile: Side of the tiles that images are cut into, or height and width, in pixels of the image; null takes images
            whole. Good for large images with small objects; the side of the canvas shows them at their size.
        tile_overlap: Share of its side that a tile has in common with the next one; objects should fit into that.
        epochs: Passes over the training images.
        recipe: fitted chooses what is left out to fit the number of images, the epochs and the start, and says so;
            published is the recipe of the system as it was published, for large data sets.
        batch_size: Images per batch, over all devices; left out, the recipe chooses; or auto for as many as the memory
            allows, at most optimization.nominal_batch.
        seed: Of the weights, the order of the images and their augmentation.
        val: For data without parts: share of the images to measure on, or the file or run directory that says which.
        val_seed: Of the choice of these images.
        optimization: How the weights are changed; what is left out comes from the recipe.
        augmentation: How training images are varied; what is left out comes from the recipe.
        class_weights: How much the class loss counts the objects of each class: {name: number}, 1 for those left out;
            balanced for more the rarer a class is; null for all alike.
        freeze: Parts of the network to keep as they are, comma-separated, for instance backbone.
        freeze_epochs: Epochs that freeze lasts, or null for the whole training.
        weights: What to start from: a model file, a run directory, weights of others, or a name such as
            torchvision:ssd300_vgg16 (boxwright weights lists them). Classes are taken over by name, and what does not
            fit starts anew.
        system_options: Further options of the system, for instance dialect.
        parts: Parts in place of the system's own: assigner, sampler, reducer, class_loss, box_loss, each by its name,
            with options such as parts.box_loss.version; boxwright parts lists them.
        auto_anchor: What to do if anchors reach too few objects: fit new ones, only check and say so, or off. Anchors
            that are given in system_options are never replaced.
        evaluate_every: Epochs between evaluations; the last epoch is always evaluated.
        patience: Epochs without a better AP (of masks, for a segmenter) after which training stops, at an epoch that is
            evaluated, or null for never.
        checkpoint_every: Batches after which the training is saved within an epoch; null for the end of epochs only.
        max_detections: Best detections per image and category that AP counts; COCO uses 100.
        detections_per_image: Most objects that the model finds in an image or tile; left out, as published, and at
            least two for each object of the fullest of 500, up to 10,000. AP looks at max_detections all the same.
        resume: Run directory or its checkpoint to go on from; the settings are those of the run, and what contradicts
            them is an error. With more epochs the run gets these.
        output: Folder for run directories.
        name: Name of the run directory; a number is appended if it exists.
        logger: Where to write measurements, comma-separated: csv, tensorboard, wandb, mlflow.
        log_every: Batches after which the losses of a step are logged, in steps.csv and the loggers, or null for never.
        log_objects: Format of a log of every object's losses at every step, in the folder objects: csv or parquet.
        shard_window: Shards that packed data are read from at a time, 0 for all; left out, 0 of a folder, else 16.
        workers: Processes that load images, or null to choose.
        cache: Which decoded images to keep in memory: ram for all; auto for those of files that take at most 1 GB and a
            tenth of the available memory; null to decode them every time.
        on_bad: What to do about faulty annotations and images: stop with an error, or skip them.
        check_images: What is looked at before the first step: headers and ends of images; "full" decodes all; or "off".
        allow_outside: Whether a path in an annotation file may lead out of the folder of the data.
        max_pixels: Largest height × width of an image; a small file can claim a size that fills the memory.
        accelerator: cpu, gpu, mps, tpu or auto.
        devices: Number of devices, a list such as "0,2", or auto.
        nodes: Number of machines.
        strategy: How devices work together: auto, ddp, or ddp_find_unused_parameters_true for a network of your own of
            which a batch may leave parts unused.
        sync_batchnorm: Whether batch norms count over all devices; auto does where a device has few images.
        collective_timeout: Seconds that a process waits for the others before the training ends.
        precision: Arithmetic of the network.
        tf32: Whether products of float32 matrices may be rounded to the 10 bits of TF32, faster on newer GPUs.
        deterministic: Whether a GPU gives the same numbers every time, by slower algorithms; a CPU does anyhow.
        compile: Whether the network is compiled by torch.compile: minutes at the start, faster steps then.
    """

    data: str | None = None
    system: str = "yolov8n"
    canvas: int | tuple[int, int] | None = None
    tile: int | tuple[int, int] | None = None
    tile_overlap: float = DEFAULT_OVERLAP
    epochs: int = 100
    recipe: Literal["fitted", "published"] = "fitted"
    batch_size: int | Literal["auto"] | None = None
    seed: int = 0
    val: float | str | None = None
    val_seed: int = 0
    optimization: OptimizationOptions = field(default_factory=OptimizationOptions)
    augmentation: AugmentationOptions = field(default_factory=AugmentationOptions)
    class_weights: dict[str, Any] | Literal["balanced"] | None = None
    freeze: str | list[str] = ""
    freeze_epochs: int | None = None
    weights: str | None = None
    system_options: dict[str, Any] = field(default_factory=dict)
    parts: dict[str, Any] = field(default_factory=dict)
    auto_anchor: Literal["fit", "check", "off"] = "fit"
    evaluate_every: int = 1
    patience: int | None = None
    checkpoint_every: int | None = None
    max_detections: int = 100
    detections_per_image: int | None = None
    resume: str | None = None
    output: str = "runs"
    name: str = "train"
    logger: str = "csv,tensorboard"
    log_every: int | None = None
    log_objects: Literal["csv", "parquet"] | None = None
    shard_window: int | None = None
    workers: int | None = None
    cache: Literal["auto", "ram"] | None = "auto"
    on_bad: Literal["error", "skip"] = "error"
    check_images: Literal["headers", "full", "off"] = "headers"
    allow_outside: bool = False
    max_pixels: int = MAX_PIXELS
    accelerator: str = "auto"
    devices: int | str = "auto"
    nodes: int = 1
    strategy: str = "auto"
    sync_batchnorm: bool | Literal["auto"] = "auto"
    collective_timeout: int = 1800
    precision: Literal["32", "bf16", "fp16"] = "32"
    tf32: bool = False
    deterministic: bool = False
    compile: bool = False

    def __post_init__(self) -> None:
        """Checks values that no other part would check in time."""
        if isinstance(self.batch_size, int) and self.batch_size < 1:
            raise UsageError(f"batch_size must be at least 1, or auto; found {self.batch_size}.")
        names = ("epochs", "evaluate_every", "nodes", "patience", "checkpoint_every", "log_every", "collective_timeout")
        for name in (*names, "max_detections", "detections_per_image", "max_pixels", "freeze_epochs"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise UsageError(f"{name} must be at least 1; found {value}.")
        if self.canvas is not None:
            canvas_pair(self.canvas)
        tiling_of(1 if self.tile is None else self.tile, self.tile_overlap)  # or an error
        if self.workers is not None:
            require_workers(self.workers)
        if self.shard_window is not None and self.shard_window < 0:
            raise UsageError(f"shard_window must be 0 or more; found {self.shard_window}.")
        if not 0 <= self.seed < SEEDS:
            raise UsageError(f"seed must be from 0 to {SEEDS - 1}; found {self.seed}.")
        require_strategy(self.strategy)
        if isinstance(self.class_weights, dict):
            require_class_weights(self.class_weights)
        for name in self.loggers:
            if name not in LOGGERS:
                raise UsageError(str(unknown_name("logger", name, LOGGERS)))
        resolve_recipe(Recipe(), self.optimization, self.augmentation)  # the ranges are those of every recipe

    @property
    def canvas_size(self) -> tuple[int, int]:
        """Height and width of the canvas in pixels."""
        canvas = default_canvas(self.system) if self.canvas is None else self.canvas
        return canvas_pair(canvas)

    @property
    def tiling(self) -> Tiling | None:
        """How images are cut; None if they are taken whole."""
        return None if self.tile is None else tiling_of(self.tile, self.tile_overlap)

    @property
    def images_per_batch(self) -> int:
        """The batch size, where it is a number by now."""
        assert isinstance(self.batch_size, int)
        return self.batch_size

    @property
    def loggers(self) -> list[str]:
        """Names of the loggers."""
        return _listed(self.logger)

    @property
    def frozen_prefixes(self) -> list[str]:
        """Parts of the network to keep."""
        return _listed(self.freeze)

    def to_dict(self) -> dict[str, Any]:
        """Gives nested plain values, as YAML and checkpoints hold them."""
        values: dict[str, Any] = plain(dataclasses.asdict(self))
        return values


@cache
def _parser() -> SettingsParser:
    return SettingsParser(TrainingSettings)


def settings_from(values: Mapping[str, Any]) -> TrainingSettings:
    """Builds settings from names and values, as they come from Python or from a file.

    Args:
        values: Names of `TrainingSettings`; groups as dictionaries or as options.

    Raises:
        UsageError: A name is unknown or a value impossible.
    """
    names = {entry.name for entry in dataclasses.fields(TrainingSettings)}
    require_names("train", {name: value for name, value in values.items() if value is not None}, names)
    found = _parser().of_object({name: plain(value) for name, value in values.items()})
    groups = {"optimization": OptimizationOptions, "augmentation": AugmentationOptions}
    return TrainingSettings(**found | {name: options(**found[name]) for name, options in groups.items()})


def require_start(given: Mapping[str, Any]) -> None:
    """Refuses settings that name nothing to train, nothing to train on, or a run that is not there.

    Args:
        given: Names and values that were set.

    Raises:
        ConfigError: There is no such system, option or run, or no data is named.
        DataError: The data or the weights are not there.
    """
    settings = settings_from(given)
    if settings.resume is not None:  # then the options are those of the system of the run
        require_run(settings.resume)
        return
    if settings.weights is None or "system" in given:  # else the weights say which system it is
        require_parts(settings)
    if settings.data is None:
        raise ConfigError("data: name the data set to train on, for instance --data sample:bccd, or use --resume.")
    require_data(settings.data)
    if settings.weights is not None:
        require_model(settings.weights)
    require_folder(Path(settings.output), "output")


def require_parts(settings: TrainingSettings) -> None:
    """Refuses settings that name no system, or options and parts that it has not.

    Args:
        settings: With the system that is trained.

    Raises:
        ConfigError: There is no such system, option or part.
    """
    require_system(settings.system, settings.system_options, multi_scale=settings.augmentation.multi_scale)
    choices_of(settings.system, settings.parts)


def require_run(resume: str | Path) -> None:
    """Refuses to go on with a run that is not there.

    Args:
        resume: Its directory, or its checkpoint.

    Raises:
        ConfigError: There is none.
    """
    if not Path(resume).exists():
        raise ConfigError(f"resume: there is no {resume}. Name the directory of a run, such as runs/train.")


def given_settings(values: Mapping[str, Any]) -> dict[str, Any]:
    """Keeps what somebody set: of groups that come as options, what is left out is not given.

    Args:
        values: Names of `TrainingSettings`; groups as dictionaries or as options.
    """
    return {
        name: {leaf: entry for leaf, entry in dataclasses.asdict(value).items() if entry is not None}
        if isinstance(value, OptimizationOptions | AugmentationOptions)
        else value
        for name, value in values.items()
    }


def _listed(value: str | list[str]) -> list[str]:
    names = value.split(",") if isinstance(value, str) else value
    return [name.strip() for name in names if name.strip()]
