"""The loaders of a training."""

import math

import lightning

from boxwright.data import Loader, evaluation_loader, training_loader
from boxwright.data.loading.repeat_factors import draws_per_epoch, repeat_factors
from boxwright.data.loading.worker_count import worker_count
from boxwright.data.transforms.outside_transform import OutsideTransform
from boxwright.settings.catalog import no_other_canvas
from boxwright.training.assembly import TrainingTask
from boxwright.training.python_parts import PythonParts


def build_loaders(task: TrainingTask, trainer: lightning.Trainer, parts: PythonParts) -> tuple[Loader, Loader]:
    """Builds the loaders of a training and of its validation.

    Args:
        task: What is trained on what.
        trainer: Knows the devices, which share a batch.
        parts: May have a transform.

    Raises:
        ConfigError: The canvas shall vary, and the system has one.
    """
    settings, world = task.settings, trainer.world_size
    if task.system.has_one_canvas and task.recipe.augmentation.multi_scale:
        raise no_other_canvas(task.system.name)
    pin = trainer.strategy.root_device.type == "cuda"
    workers = worker_count(settings.workers, trainer.num_devices)
    train_loader = training_loader(
        task.pictures[0],
        settings.canvas_size,
        settings.images_per_batch // world,
        task.recipe.augmentation,
        seed=settings.seed,
        epochs=settings.epochs,
        workers=workers,
        pin_memory=pin,
        mask_stride=task.system.mask_stride,
        fit=task.system.fit,
        transform=None if parts.transform is None else OutsideTransform(parts.transform),
        max_stride=task.system.max_stride,
        shard_window=settings.shard_window or 0,
    )
    val_loader = evaluation_loader(
        task.pictures[1],
        settings.canvas_size,
        settings.images_per_batch // world,
        workers=workers,
        pin_memory=pin,
        mask_stride=task.system.mask_stride,
        fit=task.system.fit,
        is_shared=True,
    )
    return train_loader, val_loader


def images_per_epoch(task: TrainingTask) -> int:
    """Counts the pictures of an epoch: one of each image, more of those with rare categories if they are repeated.

    Args:
        task: What is trained on what.
    """
    return draws_per_epoch(repeat_factors(task.pictures[0], task.recipe.augmentation.repeat_rare))


def batches_per_epoch(images: int, batch_size: int, world: int) -> int:
    """Counts the batches of one device; the loader itself knows only once the processes are connected.

    Args:
        images: Of an epoch.
        batch_size: Images per batch over all devices.
        world: Number of devices.
    """
    return math.ceil(math.ceil(images / world) / (batch_size // world))
