import pytest
import torch
from torch import nn
from torchvision.models import vgg16

from boxwright.models.backbones import VGGBackbone


@pytest.mark.parametrize("has_norms", [True, False])
def test_pooled_it_has_seven_cells_at_224(has_norms: bool) -> None:
    with torch.device("meta"):
        backbone = VGGBackbone(is_pooled=True, has_norms=has_norms)
        (level,) = backbone(torch.zeros(1, 3, 224, 224))
    assert tuple(level.shape) == (1, 512, 7, 7)
    assert (backbone.channels, backbone.strides) == ((512,), (32,))
    assert any(isinstance(layer, nn.BatchNorm2d) for layer in backbone.layers) == has_norms


@pytest.mark.parametrize("has_norms", [True, False])
def test_the_third_pooling_rounds_up_so_that_300_gives_38_cells(has_norms: bool) -> None:
    with torch.device("meta"):
        backbone = VGGBackbone(is_pooled=False, has_norms=has_norms)
        features = backbone(torch.zeros(1, 3, 300, 300))
    assert [tuple(level.shape[1:]) for level in features] == [(512, 38, 38), (512, 19, 19)]
    assert backbone.channels == (512, 512)


def test_pooled_it_is_torchvisions_vgg() -> None:
    backbone, published = VGGBackbone(is_pooled=True), vgg16(weights=None).features
    backbone.layers.load_state_dict(published.state_dict())
    images = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        assert torch.equal(backbone(images)[0], published(images))


def test_its_first_weights_are_spread_as_those_of_torchvision() -> None:
    """Normally, by the outputs that a weight has a part in."""
    torch.manual_seed(0)
    for layer in VGGBackbone(is_pooled=True).layers:
        if isinstance(layer, nn.Conv2d):
            assert float(layer.weight.detach().std()) == pytest.approx((2 / (9 * layer.out_channels)) ** 0.5, rel=0.05)
            assert layer.bias is not None
            assert not layer.bias.any()
