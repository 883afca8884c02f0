"""ImageNet weights, with a cache in place of the network."""

from pathlib import Path

import pytest
import torch
import torchvision
from torch import nn

from boxwright.errors import DataError
from boxwright.models import load_imagenet_backbone
from boxwright.models.backbones import ResNetBackbone, TimmBackbone, VGGBackbone


class Holder(nn.Module):
    def __init__(self, backbone: nn.Module) -> None:
        super().__init__()
        self.backbone = backbone


def _published(name: str) -> dict[str, torch.Tensor]:
    torch.manual_seed(7)
    return getattr(torchvision.models, name)(weights=None).state_dict()


@pytest.mark.parametrize(("variant", "name"), [("r18", "resnet18"), ("r34", "resnet34")])
def test_a_resnet_takes_over_all_but_the_classifier(variant: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    state, asked = _published(name), []
    monkeypatch.setattr(
        torchvision.models._api.WeightsEnum, "get_state_dict", lambda self, **options: asked.append(self) or state
    )
    detector = Holder(ResNetBackbone(variant))
    assert load_imagenet_backbone(detector) == f"torchvision's {name}"
    assert [str(weights) for weights in asked] == [f"{name.replace('resnet', 'ResNet')}_Weights.IMAGENET1K_V1"]
    assert torch.equal(detector.backbone.stages[3][1].conv2.weight, state["layer4.1.conv2.weight"])


@pytest.mark.parametrize("is_pooled", [True, False])
def test_vgg_takes_over_the_features_published_for_ssd(is_pooled: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    with torch.device("meta"):
        shapes = torchvision.models.vgg16(weights=None).features.state_dict()
    state = {f"features.{name}": torch.full(value.shape, 0.5) for name, value in shapes.items()}
    asked = []
    monkeypatch.setattr(
        torchvision.models._api.WeightsEnum, "get_state_dict", lambda self, **options: asked.append(self) or state
    )
    detector = Holder(VGGBackbone(is_pooled=is_pooled))
    load_imagenet_backbone(detector)
    assert [str(weights) for weights in asked] == ["VGG16_Weights.IMAGENET1K_FEATURES"]
    assert all(bool((value == 0.5).all()) for value in detector.backbone.parameters())


def _no_network(*arguments: object, **options: object) -> None:
    raise OSError("Name or service not known")


def test_without_a_network_it_says_where_the_file_can_be_put(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    monkeypatch.setattr("torch.hub.download_url_to_file", _no_network)
    with pytest.raises(DataError) as caught:
        load_imagenet_backbone(Holder(ResNetBackbone("r18")))
    message = str(caught.value)
    assert "Cannot download https://download.pytorch.org/models/resnet18-f37072fd.pth: Name or service" in message
    assert f"put it at {tmp_path}/checkpoints/resnet18-f37072fd.pth" in message
    assert "set pretrained to false" in message


def test_timms_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    import timm

    detector, build = Holder(TimmBackbone("mobilenetv3_small_050")), timm.create_model
    torch.manual_seed(11)
    published = build("mobilenetv3_small_050", features_only=True, out_indices=(2, 3, 4))
    monkeypatch.setattr(timm, "create_model", lambda name, **options: published if options["pretrained"] else None)
    assert load_imagenet_backbone(detector) == "timm's mobilenetv3_small_050"
    expected = published.state_dict()
    assert all(torch.equal(value, expected[name]) for name, value in detector.backbone.body.state_dict().items())


def test_timm_without_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    import timm

    detector = Holder(TimmBackbone("mobilenetv3_small_050"))
    monkeypatch.setattr(timm, "create_model", _no_network)
    with pytest.raises(DataError, match=r"weights of timm's mobilenetv3_small_050: Name or service .*HF_HOME"):
        load_imagenet_backbone(detector)
