"""The module of a training."""

from boxwright.training.assembly import TrainingTask
from boxwright.training.module import TrainingModule
from boxwright.training.python_parts import PythonParts
from boxwright.training.task_loaders import batches_per_epoch, images_per_epoch


def build_module(task: TrainingTask, world_size: int, parts: PythonParts) -> TrainingModule:
    """Builds the module of a training.

    Args:
        task: What is trained on what.
        world_size: Number of devices.
        parts: What a run that goes on has to be given again.
    """
    settings, images = task.settings, images_per_epoch(task)
    module = TrainingModule(
        task.system,
        task.recipe,
        task.pictures[1],
        epochs=settings.epochs,
        batches_per_epoch=batches_per_epoch(images, settings.images_per_batch, world_size),
        batch_size=settings.images_per_batch,
        images_per_epoch=images,
        canvas_size=settings.canvas_size,
        max_detections=settings.max_detections,
        precision=settings.precision,
        attributes=settings.log_objects is not None,
        held=settings.frozen_prefixes,
        held_epochs=settings.freeze_epochs,
        own_parts=parts.names,
    )
    if settings.compile:  # after the average has copied it
        task.system.detector.compile()
    return module
