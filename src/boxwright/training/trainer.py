"""Lightning's trainer, and the arithmetic that it works with."""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import lightning
import torch
from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch.callbacks import Callback
from lightning.pytorch.strategies import DDPStrategy

from boxwright.data.loading.freed_memory import freed_memory_kept
from boxwright.errors import ConfigError
from boxwright.run_files.narration import quiet_lightning
from boxwright.run_files.run_directory import RunDirectory
from boxwright.settings.training import TrainingSettings
from boxwright.training.checkpoint_io import AtomicCheckpointIO
from boxwright.training.loggers import build_loggers
from boxwright.training.process_strategy import SharedTraining
from boxwright.training.progress import LossBar
from boxwright.training.synchronized_norms import SynchronizedNorms, are_synchronized, said_of_devices

logger = logging.getLogger("boxwright")

CUBLAS_WORKSPACE = "CUBLAS_WORKSPACE_CONFIG"
"""Variable that cuBLAS reads; torch says which of its values are deterministic."""

_QUIET: Any = {"logger": False, "enable_progress_bar": False, "enable_checkpointing": False}

PRECISIONS = {"32": "32-true", "bf16": "bf16-mixed", "fp16": "16-mixed"}


def build_trainer(settings: TrainingSettings, run: RunDirectory, callbacks: list[Callback]) -> lightning.Trainer:
    """Builds the trainer of a run.

    Args:
        settings: Of the run.
        run: Where files go.
        callbacks: In the order in which they are called; a progress bar comes after them.

    Raises:
        ConfigError: Lightning cannot use the devices here.
    """
    has_bar = sys.stdout.isatty()
    bar = LossBar(reads_wait=settings.accelerator != "cpu" and torch.accelerator.is_available())
    trainer = _trainer(
        settings,
        max_epochs=settings.epochs,
        check_val_every_n_epoch=settings.evaluate_every,
        num_sanity_val_steps=0,
        logger=build_loggers(settings.loggers, run),
        callbacks=[*callbacks, *([bar] if has_bar else [])],
        enable_progress_bar=has_bar,
        enable_checkpointing=True,
        plugins=[AtomicCheckpointIO()],
        default_root_dir=run.path,
    )
    if trainer.world_size > 1:
        logger.info(said_of_devices(settings, trainer.world_size, trainer.strategy.root_device))
    return trainer


def build_trial_trainer(settings: TrainingSettings) -> lightning.Trainer:
    """Builds a trainer that leaves nothing: two epochs without validation, on the devices of a training.

    Args:
        settings: Of the training.

    Raises:
        ConfigError: Lightning cannot use the devices here.
    """
    with quiet_lightning():
        return _trainer(
            settings,
            max_epochs=2,
            limit_val_batches=0,
            **_QUIET,
        )


def require_devices(settings: TrainingSettings) -> bool:
    """Refuses devices and precision that are not there, and a batch that devices cannot share.

    Args:
        settings: Of the training, with a number for the batch size.

    Returns:
        Whether this is the first process of all, which alone writes; launchers have many words for that.

    Raises:
        ConfigError: That is so.
    """
    trial = build_trial_trainer(settings)
    if settings.images_per_batch % trial.world_size:
        raise ConfigError(
            f"batch_size is shared by all devices and must be a multiple of {trial.world_size}; found "
            f"{settings.batch_size}."
        )
    return trial.is_global_zero


def _trainer(settings: TrainingSettings, **rest: Any) -> lightning.Trainer:
    devices: dict[str, Any] = {"accelerator": settings.accelerator, "devices": settings.devices}
    devices["num_nodes"] = settings.nodes
    try:
        alone = lightning.Trainer(**devices, **_QUIET)
        strategy: Any = "auto"
        if settings.strategy != "auto" or isinstance(alone.strategy, DDPStrategy):
            strategy = SharedTraining(settings.strategy, settings.collective_timeout)
        if are_synchronized(settings, alone.world_size, alone.strategy.root_device):
            rest["plugins"] = [*rest.get("plugins", ()), SynchronizedNorms(alone.strategy.root_device)]
        return lightning.Trainer(
            **devices,
            strategy=strategy,
            precision=PRECISIONS[settings.precision],  # type: ignore[arg-type]
            enable_model_summary=False,
            benchmark=not settings.deterministic,
            **rest,
        )
    except (MisconfigurationException, ImportError, TypeError, ValueError) as error:
        raise ConfigError(
            f"accelerator {settings.accelerator}, devices {settings.devices}, nodes {settings.nodes}, strategy "
            f"{settings.strategy}: Lightning cannot use them here. {error}"
        ) from error


@contextmanager
def arithmetic(settings: TrainingSettings) -> Iterator[None]:
    """Sets what is set for the whole process, and puts it back: deterministic algorithms, TF32, freed memory.

    Args:
        settings: Of the run.
    """
    precision = torch.get_float32_matmul_precision()
    mode, workspace = torch.get_deterministic_debug_mode(), os.environ.get(CUBLAS_WORKSPACE)
    try:
        if settings.tf32:
            torch.set_float32_matmul_precision("high")
        if settings.deterministic:  # an operator that cannot be is named in a warning
            torch.use_deterministic_algorithms(True, warn_only=True)
            os.environ.setdefault(CUBLAS_WORKSPACE, ":4096:8")
        with freed_memory_kept():
            yield
    finally:
        torch.set_float32_matmul_precision(precision)
        torch.set_deterministic_debug_mode(mode)
        if workspace is None:
            os.environ.pop(CUBLAS_WORKSPACE, None)
