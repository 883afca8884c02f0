"""Batch norms that count over all devices of a training."""

import torch
from lightning.pytorch.plugins.layer_sync import LayerSync
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from boxwright.errors import ConfigError
from boxwright.models.synchronized_norm import SYNCHRONIZED, SynchronizedNorm
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


class SynchronizedNorms(LayerSync):
    """Puts norms that count over all processes in place of the others: torch's on a GPU, our own elsewhere.

    Args:
        device: One of the training.
    """

    def __init__(self, device: torch.device) -> None:
        self._is_gpu = device.type == "cuda"
        self._kinds: dict[_BatchNorm, type[_BatchNorm]] = {}

    def apply(self, model: nn.Module) -> nn.Module:
        """Exchanges the norms; weights and statistics stay the same tensors.

        Args:
            model: To train.

        Raises:
            ConfigError: A norm does more than to normalise, in a way that is not known.
        """
        norms = [norm for norm in model.modules() if isinstance(norm, _BatchNorm)]
        kinds = {norm: self._kind_of(norm) for norm in norms if not isinstance(norm, SYNCHRONIZED)}
        self._kinds = {norm: type(norm) for norm in kinds}
        for norm, kind in kinds.items():
            norm.__class__ = kind
            norm.process_group = None  # type: ignore[assignment]  # all processes
        return model

    def revert(self, model: nn.Module) -> nn.Module:
        """Puts the norms back.

        Args:
            model: That was trained.
        """
        for norm, kind in self._kinds.items():
            norm.__class__ = kind
        return model

    def _kind_of(self, norm: _BatchNorm) -> type[_BatchNorm]:
        if type(norm).forward is _BatchNorm.forward:
            return nn.SyncBatchNorm if self._is_gpu else SynchronizedNorm
        if all(isinstance(getattr(norm, name, None), nn.Module) for name in ("drop", "act")):  # as timm's
            return _SyncBatchNormAct if self._is_gpu else _SynchronizedNormAct
        raise ConfigError(
            f"sync_batchnorm: {type(norm).__name__} of the network computes in its own way, which cannot be done over "
            "several devices. Give --sync_batchnorm false, or a network with torch's BatchNorm2d."
        )


class _SyncBatchNormAct(nn.SyncBatchNorm):
    drop: nn.Module
    act: nn.Module

    def forward(self, features: Tensor) -> Tensor:
        changed: Tensor = self.act(self.drop(super().forward(features)))
        return changed


class _SynchronizedNormAct(SynchronizedNorm):
    drop: nn.Module
    act: nn.Module

    def forward(self, features: Tensor) -> Tensor:
        changed: Tensor = self.act(self.drop(super().forward(features)))
        return changed
