"""Any network of timm under the necks of YOLOv5 and YOLOv8."""

from pathlib import Path

import pytest
import timm
import torch

from boxwright.errors import ConfigError
from boxwright.models import IMAGENET, Normalization
from boxwright.structures import Targets
from boxwright.systems import build_system, load_model, save_model

NAME = "mobilenetv3_small_050"


@pytest.mark.parametrize("system", ["yolov8n", "yolov8s-seg", "yolov5n"])
def test_it_trains_and_comes_back_from_its_file(system: str, tmp_path: Path) -> None:
    built = build_system(system, 2, backbone=NAME)
    assert built.normalization == IMAGENET
    own = build_system(system, 2)
    for part in ("neck", "head"):
        shapes = [
            {name: value.shape for name, value in getattr(each.detector, part).state_dict().items()}
            for each in (built, own)
        ]
        assert shapes[0] == shapes[1]
    images = torch.rand(2, 3, 64, 64)
    boxes = torch.tensor([[8.0, 8.0, 40.0, 40.0]])
    if "seg" not in system:
        of = {"labels": torch.tensor([1]), "image": torch.tensor([0]), "ignore": torch.tensor([False])}
        targets = Targets(boxes=boxes, batch_size=2, **of)
        losses = built.criterion(built.detector(images), built.prior_generator((64, 64), "cpu"), targets)
        sum(losses.values()).backward()
        assert built.detector.backbone.features.body.conv_stem.weight.grad is not None
    save_model(tmp_path / "m.safetensors", built, categories=["a", "b"], canvas_size=(64, 64), config={})
    loaded, card = load_model(tmp_path / "m.safetensors")
    assert card.options["backbone"] == NAME
    built.detector.eval()
    with torch.no_grad():
        one, two = loaded.detector(images), built.detector(images)
    assert all(torch.equal(*pair) for pair in zip(one.class_logits, two.class_logits, strict=True))


def test_a_start_that_was_published(monkeypatch: pytest.MonkeyPatch) -> None:
    make = timm.create_model
    published = make(NAME, pretrained=False, features_only=True, out_indices=(2, 3, 4))

    def create(name: str, pretrained: bool = False, **more: object) -> torch.nn.Module:
        return published if pretrained else make(name, **more)

    monkeypatch.setattr(timm, "create_model", create)
    system = build_system("yolov8n", 1, backbone=NAME, pretrained=True)
    assert system.start is not None
    assert system.start(system.detector) == f"timm's {NAME}"
    found = system.detector.backbone.features.body.conv_stem.weight
    assert torch.equal(found, published.conv_stem.weight)
    assert build_system("yolov8n", 1, backbone=NAME).start is None


def test_weights_of_another_scale_are_given_it() -> None:
    system = build_system("yolov8n", 1, backbone="mobilenetv3_large_100.miil_in21k")
    assert system.normalization == Normalization((0.0, 0.0, 0.0), (255.0, 255.0, 255.0))


@pytest.mark.parametrize("system", ["yolov8n", "yolov5n", "yolov8n-seg"])
def test_ones_own_backbone_has_no_start(system: str) -> None:
    with pytest.raises(ConfigError, match="no weights of this backbone are published under a permissive licence"):
        build_system(system, 1, pretrained=True)
    with pytest.raises(ConfigError, match="timm has no backbone 'mobilenet_v3'"):
        build_system(system, 1, backbone="mobilenet_v3")
