"""Real steps of a training, of which nothing remains."""

import dataclasses
from copy import deepcopy

from torch.utils.data import DataLoader

from boxwright.data.loading.batch_canvas import BatchCanvas
from boxwright.run_files.narration import quiet_lightning
from boxwright.structures import Batch
from boxwright.training.assembly import TrainingTask
from boxwright.training.interruption import Interruption, interruptible
from boxwright.training.python_parts import NO_PARTS
from boxwright.training.random_state import random_state_kept
from boxwright.training.task_loaders import build_loaders
from boxwright.training.task_module import build_module
from boxwright.training.trainer import arithmetic, build_trial_trainer


def try_steps(task: TrainingTask, batch_size: int) -> None:
    """Takes two steps with the first batch of a training, the second with all that the first one left in memory.

    It is the step of the training itself: loss, precision, memory format, optimiser and averaged weights; only
    `compile` and what Python adds are left out, and canvases that vary have their largest size. A copy of the system is
    trained, and random numbers are put back.

    Args:
        task: What is trained on what.
        batch_size: Images per batch.
    """
    settings = dataclasses.replace(task.settings, batch_size=batch_size, compile=False, workers=0)
    system = dataclasses.replace(
        task.system, detector=deepcopy(task.system.detector), criterion=deepcopy(task.system.criterion)
    )
    varied = task.recipe.augmentation
    canvases = BatchCanvas(settings.canvas_size, varied.multi_scale, system.max_stride).canvases
    settings = dataclasses.replace(settings, canvas=canvases[-1])
    recipe = dataclasses.replace(task.recipe, augmentation=dataclasses.replace(varied, multi_scale=0.0))
    tried = dataclasses.replace(task, settings=settings, system=system, recipe=recipe)
    trainer = build_trial_trainer(settings)
    device = trainer.strategy.root_device
    with random_state_kept(device), quiet_lightning():
        loader, _ = build_loaders(tried, trainer, NO_PARTS)
        once: DataLoader[Batch] = DataLoader([next(iter(loader))], batch_size=None)  # type: ignore[arg-type]
        module = build_module(tried, trainer.world_size, NO_PARTS)
        with arithmetic(settings), interruptible(trainer, Interruption()):
            trainer.fit(module, once, once)  # for two epochs: every one ends with a step
