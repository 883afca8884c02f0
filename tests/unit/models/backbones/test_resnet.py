import pytest
import torch
from torch import nn

from boxwright.errors import ConfigError
from boxwright.models.backbones import ResNetBackbone

CHANNELS = {"r18": (128, 256, 512), "r34": (128, 256, 512), "r50": (512, 1024, 2048), "r101": (512, 1024, 2048)}


@pytest.mark.parametrize("variant", CHANNELS)
def test_features_have_strides_8_16_32_on_a_canvas_that_is_not_square(variant: str) -> None:
    with torch.device("meta"):
        backbone = ResNetBackbone(variant)
        features = backbone(torch.zeros(1, 3, 64, 96))
    assert backbone.channels == tuple(level.shape[1] for level in features) == CHANNELS[variant]
    assert [tuple(level.shape[2:]) for level in features] == [(8, 12), (4, 6), (2, 3)]


@pytest.mark.parametrize("frozen_stages", range(5))
def test_the_stem_and_the_first_stages_can_be_frozen(frozen_stages: int) -> None:
    backbone = ResNetBackbone("r18", frozen_stages=frozen_stages)
    frozen = [not any(value.requires_grad for value in part.parameters()) for part in (backbone.stem, *backbone.stages)]
    assert frozen == [frozen_stages > 0] + [stage < frozen_stages for stage in range(4)]


def test_held_norms_keep_their_statistics_in_training_and_still_learn() -> None:
    backbone = ResNetBackbone("r18", holds_norms=True).train()
    before = backbone.stem[1].running_mean.clone()
    torch.stack([level.sum() for level in backbone(torch.rand(2, 3, 32, 32))]).sum().backward()
    assert torch.equal(backbone.stem[1].running_mean, before)
    assert all(value.grad is not None for value in backbone.parameters())
    assert backbone.training
    assert not any(module.training for module in backbone.modules() if isinstance(module, nn.BatchNorm2d))


def test_norms_move_unless_they_are_held() -> None:
    backbone = ResNetBackbone("r18").train()
    before = backbone.stem[1].running_mean.clone()
    backbone(torch.rand(2, 3, 32, 32))
    assert not torch.equal(backbone.stem[1].running_mean, before)


def test_impossible_values_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"Unknown ResNet 'r51'\. Did you mean 'r50'\?"):
        ResNetBackbone("r51")
    with pytest.raises(ConfigError, match="frozen_stages must be 0 to 4; found 5"):
        ResNetBackbone("r18", frozen_stages=5)
