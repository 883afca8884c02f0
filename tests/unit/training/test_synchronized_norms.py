"""When batch norms count over all devices; that they do so is in test_norm_statistics.py."""

import pytest
import torch
from timm.layers import BatchNormAct2d
from torch import nn

from boxwright.errors import ConfigError
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


@pytest.mark.parametrize(("device", "kind"), [(GPU, nn.SyncBatchNorm), (CPU, SynchronizedNorm)])
def test_norms_of_a_gpu_are_torchs(device: torch.device, kind: type[nn.Module]) -> None:
    model = nn.Sequential(nn.BatchNorm2d(2), BatchNormAct2d(2), nn.Conv2d(2, 2, 1))
    before, kinds = model.state_dict(), [type(part) for part in model]
    norms = SynchronizedNorms(device)
    assert [isinstance(part, kind) for part in norms.apply(model)] == [True, True, False]
    norms.revert(model)
    assert [type(part) for part in model] == kinds
    assert all(value.data_ptr() == before[name].data_ptr() for name, value in model.state_dict().items())


def test_a_norm_of_timm_keeps_what_follows_it() -> None:
    """Its activation is part of it: a norm in its place that only normalises makes another network."""
    norm, plain = BatchNormAct2d(2, act_layer=nn.ReLU), BatchNormAct2d(2, act_layer=nn.ReLU)
    features = torch.randn(3, 2, 4, 4)
    expected = plain(features)
    assert (expected >= 0).all()
    assert torch.equal(SynchronizedNorms(CPU).apply(norm)(features), expected)


def test_a_norm_that_does_something_else_is_refused() -> None:
    class Odd(nn.BatchNorm2d):
        def forward(self, features: torch.Tensor) -> torch.Tensor:
            return super().forward(features) ** 2

    with pytest.raises(ConfigError, match=r"Odd of the network computes in its own way.*--sync_batchnorm false"):
        SynchronizedNorms(CPU).apply(nn.Sequential(Odd(2)))
