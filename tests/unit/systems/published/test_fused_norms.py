from collections import OrderedDict
from collections.abc import Callable

import pytest
import torch
from torch import nn
from torch.fx.experimental.optimization import fuse
from torchvision import models

from boxwright.models.blocks import ConvNormAct
from boxwright.systems.published.fused_norms import with_norms


def test_norms_that_change_nothing_take_the_place_of_fused_ones() -> None:
    block = nn.ModuleDict({"stem": ConvNormAct(3, 4, 3)})
    bias = torch.randn(4)
    weight = torch.randn_like(block["stem"].conv.weight)
    found = with_norms(block, {"stem.conv.weight": weight, "stem.conv.bias": bias})
    assert set(found) == set(block.state_dict())
    block.load_state_dict(found)
    images = torch.randn(1, 3, 8, 8)
    expected = nn.functional.silu(nn.functional.conv2d(images, weight, bias, padding=1))
    torch.testing.assert_close(block.eval()["stem"](images), expected, rtol=1e-5, atol=1e-5)


def test_norms_that_are_there_stay() -> None:
    block = nn.ModuleDict({"stem": ConvNormAct(3, 4, 3)})
    state = block.state_dict()
    assert with_norms(block, state) == dict(state)


def test_what_has_no_bias_stays_as_it_is() -> None:
    block = nn.ModuleDict({"stem": ConvNormAct(3, 4, 3)})
    weight = {"stem.conv.weight": torch.zeros(4, 3, 3, 3)}
    assert with_norms(block, weight) == weight


def _vgg11_bn() -> nn.Module:
    """Without its classifier, which has no norms and nine of ten weights."""
    return nn.Sequential(OrderedDict(features=models.vgg.make_layers(models.vgg.cfgs["A"], batch_norm=True)))


@pytest.mark.parametrize("build", [models.resnet18, models.resnet50, _vgg11_bn])
def test_norms_of_any_name_come_back(build: Callable[[], nn.Module]) -> None:
    """Blocks of a ResNet call them bn1 and 1, and convolutions of VGG have a bias of their own."""
    torch.manual_seed(0)
    network = build()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            for value in (module.weight, module.bias, module.running_mean, module.running_var):
                nn.init.uniform_(value, 0.5, 1.5)
    network.double().eval()
    fused = fuse(network).state_dict()
    assert not any("running_mean" in key for key in fused)
    images = torch.randn(1, 3, 64, 64).double()
    with torch.no_grad():
        expected = network(images)
        network.load_state_dict(with_norms(network, fused))
        torch.testing.assert_close(network(images), expected)
