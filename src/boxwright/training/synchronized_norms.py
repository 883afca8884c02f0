"""Batch norms that count over all devices of a training."""

import torch
from lightning.pytorch.plugins.layer_sync import TorchSyncBatchNorm
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from boxwright.models.synchronized_norm import SynchronizedNorm
from boxwright.settings.training import TrainingSettings

FEW_IMAGES = 8
"""Images of a device in a batch from which its own mean and variance are taken to be good enough."""


def are_synchronized(settings: TrainingSettings, world: int, device: torch.device) -> bool:
    """Tells whether batch norms count over all devices: as the settings say, or on GPUs that have few images each.

    Args:
        settings: Of the training.
        world: Number of devices.
        device: One of them.
    """
    if world == 1:
        return False
    if settings.sync_batchnorm != "auto":
        return settings.sync_batchnorm
    size = settings.batch_size
    return device.type == "cuda" and isinstance(size, int) and size < FEW_IMAGES * world


def said_of_devices(settings: TrainingSettings, world: int, device: torch.device) -> str:
    """Says how devices share a batch.

    Args:
        settings: Of the training.
        world: Number of devices.
        device: One of them.
    """
    images = settings.images_per_batch // world
    norms = "Batch norms count over all devices" if are_synchronized(settings, world, device) else "Batch norms do not"
    return f"{world} processes share each batch, {images} images each. {norms} (sync_batchnorm)."


class SynchronizedNorms(TorchSyncBatchNorm):
    """Puts norms that count over all processes in place of the others: torch's on a GPU, our own elsewhere."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._kinds: dict[_BatchNorm, type[_BatchNorm]] = {}

    def apply(self, model: nn.Module) -> nn.Module:
        """Exchanges the norms; weights and statistics stay the same tensors.

        Args:
            model: To train.
        """
        if self._device.type == "cuda":
            return super().apply(model)
        self._kinds = {norm: type(norm) for norm in model.modules() if isinstance(norm, _BatchNorm)}
        for norm in self._kinds:
            norm.__class__ = SynchronizedNorm
        return model

    def revert(self, model: nn.Module) -> nn.Module:
        """Puts the norms back.

        Args:
            model: That was trained.
        """
        if self._device.type == "cuda":
            return super().revert(model)
        for norm, kind in self._kinds.items():
            norm.__class__ = kind
        return model
