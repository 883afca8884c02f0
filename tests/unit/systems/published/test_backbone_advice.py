import re
from pathlib import Path

import pytest
import timm
import torch
from torch import nn
from torchvision import models

from boxwright.errors import DataError
from boxwright.systems.published import read_published
from boxwright.systems.published.backbone_advice import backbone_advice


@pytest.mark.parametrize(
    ("classifier", "said"),
    [
        ("resnet18", "ResNet-18, .* --system retinanet_r18 --weights FILE or .*backbone resnet18 --weights FILE"),
        ("resnet101", "ResNet-101, .* --system retinanet_r101"),
        ("vgg16", "VGG-16, .* --system ssd300 --system_options.pretrained true --weights FILE"),
        ("vgg16_bn", "VGG-16 with norms, .* --system ssd300 --weights FILE"),
    ],
)
def test_the_training_that_starts_from_it_is_said(classifier: str, said: str) -> None:
    with torch.device("meta"):
        programs = (getattr(models, classifier)(), timm.create_model(classifier))
    for program in programs:
        advice = backbone_advice(program.state_dict())
        assert advice is not None
        assert re.search(said, advice)


def test_others_are_none_of_these() -> None:
    with torch.device("meta"):
        for state in (timm.create_model("resnet50d").state_dict(), nn.Linear(1, 1).state_dict(), {}):
            assert backbone_advice(state) is None


def test_an_import_says_it(tmp_path: Path) -> None:
    torch.save(models.resnet18().state_dict(), tmp_path / "w.pth")
    with pytest.raises(DataError, match=r"w\.pth: it holds a backbone alone, ResNet-18, and no detector"):
        read_published(tmp_path / "w.pth")
