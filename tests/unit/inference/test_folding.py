"""Folded batch norms compute what they computed."""

from copy import deepcopy

import pytest
import torch
from torch import nn

from boxwright.inference import folded
from boxwright.models.blocks import ConvNormAct
from boxwright.systems import build_system

CANVAS = {"ssd300_light": 300, "ssd_tiny": 64}


def _lived_in(network: nn.Module) -> nn.Module:
    """Gives norms that do something, as after a training."""
    generator = torch.Generator().manual_seed(0)
    for norm in network.modules():
        if isinstance(norm, nn.BatchNorm2d):
            for values, low in ((norm.running_mean, -0.2), (norm.running_var, 0.5), (norm.weight, 0.5), (norm.bias, 0)):
                assert values is not None
                values.data.copy_(low + 0.5 * torch.rand(values.shape, generator=generator))
    return network.eval()


@pytest.mark.parametrize(
    "name",
    [
        "yolov5n",
        "yolov8n",
        "yolov8n-e2e",
        "yolov8n-seg",
        "retinanet_r18",
        "retinanet_r50",
        "fcos_r18",
        "ssd_tiny",
        "ssd300_light",
    ],
)
@torch.no_grad()
def test_every_system_computes_what_it_computed(name: str) -> None:
    torch.manual_seed(0)
    network = _lived_in(build_system(name, 2).detector)
    side = CANVAS.get(name, 64)
    images = torch.rand(2, 3, side, side)
    before = network(images)
    quick = folded(deepcopy(network))
    after = quick(images)
    for one, two in zip(before.class_logits + before.box_codes, after.class_logits + after.box_codes, strict=True):
        torch.testing.assert_close(one, two, rtol=1e-4, atol=1e-4)
    assert not [norm for norm in quick.modules() if type(norm) is nn.BatchNorm2d] or "ssd" in name


@pytest.mark.parametrize("kind", ["training", "no statistics", "hook", "another norm", "own forward"])
def test_what_cannot_be_folded_is_left_alone(kind: str) -> None:
    block: nn.Module = nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4)).eval()
    if kind == "training":
        block.train()
    elif kind == "no statistics":
        block = nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4, track_running_stats=False)).eval()
    elif kind == "hook":
        block[0].register_forward_hook(lambda *_: None)
    elif kind == "another norm":
        block = nn.Sequential(nn.Conv2d(3, 4, 1), nn.GroupNorm(2, 4)).eval()
    else:
        block = _Backwards(nn.Conv2d(4, 4, 1), nn.BatchNorm2d(4)).eval()
    assert [type(part) for part in folded(block)] == [type(part) for part in block]
    assert not isinstance(block[1], nn.Identity)


def test_a_convolution_of_two_norms_is_folded_into_each() -> None:
    first, second = ConvNormAct(2, 2), ConvNormAct(2, 2)
    second.conv = first.conv
    both = _lived_in(nn.ModuleList([first, second]))
    both[1].norm.weight.data.mul_(3)
    images = torch.rand(1, 2, 4, 4)
    expected = [part(images) for part in both]
    for part, wanted in zip(folded(both), expected, strict=True):
        torch.testing.assert_close(part(images), wanted)


class _Backwards(nn.Sequential):
    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self[0](self[1](images))
