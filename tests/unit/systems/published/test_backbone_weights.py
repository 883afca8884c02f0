import pytest
import timm
import torch
from torch import nn
from torchvision import models

from boxwright.models.backbones import ResNetBackbone, TimmBackbone, VGGBackbone
from boxwright.systems.published.backbone_weights import backbone_weights

IMAGES = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))


def test_a_resnet_of_torchvision() -> None:
    classifier, backbone = models.resnet18().eval(), ResNetBackbone("r18").eval()
    found = backbone_weights(backbone, classifier.state_dict())
    assert found is not None
    backbone.load_state_dict(found)
    features = classifier.maxpool(classifier.relu(classifier.bn1(classifier.conv1(IMAGES))))
    for stage in (classifier.layer1, classifier.layer2, classifier.layer3, classifier.layer4):
        features = stage(features)
    torch.testing.assert_close(backbone(IMAGES)[-1], features)


@pytest.mark.parametrize("name", ["resnet18", "mobilenetv3_small_050", "convnext_atto"])
def test_any_of_timm(name: str) -> None:
    classifier = timm.create_model(name, num_classes=7)
    backbone = TimmBackbone(name)
    found = backbone_weights(backbone, classifier.state_dict())
    assert found is not None
    backbone.load_state_dict(found)
    expected = classifier.eval().forward_intermediates(IMAGES, indices=1, intermediates_only=True)[-1]
    torch.testing.assert_close(backbone.eval()(IMAGES)[-1], expected)


def test_others_do_not_fit() -> None:
    assert backbone_weights(ResNetBackbone("r18"), models.resnet34().state_dict()) is None  # which has all of them
    assert backbone_weights(ResNetBackbone("r34"), models.resnet18().state_dict()) is None
    with torch.device("meta"):
        assert backbone_weights(ResNetBackbone("r18"), models.resnet50().state_dict()) is None
        assert backbone_weights(VGGBackbone(is_pooled=False), models.vgg16().state_dict()) is not None
        assert backbone_weights(VGGBackbone(is_pooled=False, has_norms=True), models.vgg16().state_dict()) is None
    assert backbone_weights(nn.Identity(), {}) is None
