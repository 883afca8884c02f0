"""When batch norms count over all devices; that they do so is in test_norm_statistics.py."""

import pytest
import torch
from torch import nn

from boxwright.models.synchronized_norm import SynchronizedNorm
from boxwright.settings.training import TrainingSettings
from boxwright.training.synchronized_norms import SynchronizedNorms, are_synchronized, said_of_devices

GPU, CPU = torch.device("cuda", 0), torch.device("cpu")


@pytest.mark.parametrize(
    ("wish", "batch", "world", "device", "are"),
    [
        ("auto", 14, 2, GPU, True),
        ("auto", 16, 2, GPU, False),
        ("auto", 14, 2, CPU, False),
        ("auto", 2, 1, GPU, False),
        (True, 64, 2, CPU, True),
        (True, 64, 1, GPU, False),
        (False, 2, 2, GPU, False),
    ],
)
def test_devices_with_few_images_share_norms(
    wish: bool | str, batch: int, world: int, device: torch.device, are: bool
) -> None:
    settings = TrainingSettings(sync_batchnorm=wish, batch_size=batch)  # type: ignore[arg-type]
    assert are_synchronized(settings, world, device) == are
    said = said_of_devices(settings, world, device)
    assert f"{batch // world} images each" in said
    assert ("do not" in said) != are


def test_norms_of_a_gpu_are_torchs() -> None:
    model = nn.Sequential(nn.BatchNorm2d(2))
    norms = SynchronizedNorms(GPU)
    assert isinstance(norms.apply(model)[0], nn.SyncBatchNorm)
    assert not isinstance(norms.revert(model)[0], nn.SyncBatchNorm | SynchronizedNorm)
