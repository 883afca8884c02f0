import torch

from boxwright.models.backbones import PooledTimmBackbone


def test_levels_are_as_wide_as_asked() -> None:
    backbone = PooledTimmBackbone("mobilenetv3_small_050", (24, 32, 40)).eval()
    levels = backbone(torch.rand(1, 3, 64, 96))
    assert [tuple(level.shape) for level in levels] == [(1, 24, 8, 12), (1, 32, 4, 6), (1, 40, 2, 3)]
    assert (backbone.channels, backbone.strides) == ((24, 32, 40), (8, 16, 32))
