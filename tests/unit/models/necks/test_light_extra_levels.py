import torch
from torch import nn

from boxwright.models.necks import LightExtraLevels


def test_ten_cells_become_five_three_and_one() -> None:
    neck = LightExtraLevels((8, 12, 16), (32, 64, 96))
    features = tuple(torch.rand(2, width, side, side) for width, side in ((8, 38), (12, 19), (16, 10)))
    levels = neck(features)
    assert [tuple(level.shape[1:]) for level in levels[3:]] == [(32, 5, 5), (64, 3, 3), (96, 1, 1)]
    assert all(one is other for one, other in zip(levels, features, strict=False))
    assert neck.channels == (8, 12, 16, 32, 64, 96)


def test_the_wide_convolutions_are_depthwise() -> None:
    for block in LightExtraLevels((16,)).extra:
        spatial = [layer for layer in block if isinstance(layer, nn.Conv2d) and layer.kernel_size == (3, 3)]
        assert [layer.groups for layer in spatial] == [layer.in_channels for layer in spatial]


def test_one_image_alone_can_be_trained_on() -> None:
    """The last batch of an epoch may hold one image, whose last level has one cell."""
    neck = LightExtraLevels((16,)).train()
    neck((torch.rand(1, 16, 10, 10),))[-1].square().sum().backward()
    assert all(bool(value.grad.isfinite().all()) for value in neck.parameters())
