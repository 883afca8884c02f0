import pytest
import torch
from torch import nn

from boxwright.errors import ConfigError
from boxwright.models.backbones import TimmBackbone

SMALL = "mobilenetv3_small_050"


@pytest.mark.parametrize("strides", [(8, 16, 32), (4, 16)])
def test_features_have_the_strides_asked_for(strides: tuple[int, ...]) -> None:
    backbone = TimmBackbone(SMALL, strides)
    features = backbone(torch.rand(2, 3, 64, 96))
    assert [tuple(level.shape[2:]) for level in features] == [(64 // stride, 96 // stride) for stride in strides]
    assert tuple(level.shape[1] for level in features) == backbone.channels


def test_300_pixels_give_the_cells_of_ssd300() -> None:
    assert [level.shape[2] for level in TimmBackbone(SMALL).eval()(torch.rand(1, 3, 300, 300))] == [38, 19, 10]


def test_held_norms_keep_their_statistics() -> None:
    backbone = TimmBackbone(SMALL, holds_norms=True).train()
    norms = [module for module in backbone.modules() if isinstance(module, nn.BatchNorm2d)]
    assert norms
    assert not any(norm.training for norm in norms)
    assert any(norm.training for norm in TimmBackbone(SMALL).train().modules() if isinstance(norm, nn.BatchNorm2d))


def test_an_unknown_name_gives_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"timm has no backbone 'mobilenetv3_small_05'\. Did you mean .*small_050"):
        TimmBackbone("mobilenetv3_small_05")


def test_a_network_without_these_strides_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"has features of the strides \[16, .*\], the system needs \[8, 16, 32\]"):
        TimmBackbone("vit_tiny_patch16_224")
