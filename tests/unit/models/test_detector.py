import pytest
import torch
from torch import nn

from boxwright.errors import ShapeError
from boxwright.models import Detector
from boxwright.structures import MaskPredictions, Predictions


class OneLevelHead(nn.Module):
    def forward(self, features: tuple[torch.Tensor, ...]) -> Predictions:
        blocks = tuple(level.unsqueeze(1) for level in features)
        return Predictions(class_logits=blocks, box_codes=blocks)


class OneLevelBackbone(nn.Module):
    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return (images[:, :, ::32, ::32],)


@pytest.fixture
def detector() -> Detector:
    return Detector(OneLevelBackbone(), nn.Identity(), OneLevelHead())


def test_it_runs_backbone_neck_and_head(detector: Detector) -> None:
    images = torch.rand(2, 3, 64, 96)
    predictions = detector(images)
    assert torch.equal(predictions.box_codes[0][:, 0], images[:, :, ::32, ::32])


@pytest.mark.parametrize(
    ("size", "cure"), [((100, 64), "128 × 64"), ((64, 100), "64 × 128"), ((31, 33), "32 × 64"), ((0, 32), "32 × 32")]
)
def test_a_wrong_canvas_names_the_next_right_one(detector: Detector, size: tuple[int, int], cure: str) -> None:
    with pytest.raises(ShapeError, match=rf"multiples of 32; found {size[0]} × {size[1]}\. Use {cure}"):
        detector(torch.rand(1, 3, *size))


def test_the_multiple_is_the_systems() -> None:
    detector = Detector(OneLevelBackbone(), nn.Identity(), OneLevelHead(), max_stride=64)
    with pytest.raises(ShapeError, match="multiples of 64"):
        detector(torch.rand(1, 3, 32, 64))


@pytest.mark.parametrize("size", [(64, 64), (32, 64), (96, 32)])
def test_a_network_of_one_canvas_names_it(size: tuple[int, int]) -> None:
    detector = Detector(OneLevelBackbone(), nn.Identity(), OneLevelHead(), max_stride=32, has_one_canvas=True)
    detector(torch.rand(1, 3, 32, 32))
    with pytest.raises(ShapeError, match=r"canvas of one size; found .*Use 32 × 32"):
        detector(torch.rand(1, 3, *size))


def test_a_mask_head_adds_masks() -> None:
    class MaskHead(nn.Module):
        def forward(self, features: tuple[torch.Tensor, ...]) -> MaskPredictions:
            return MaskPredictions(tuple(level.unsqueeze(1) for level in features), features[0])

    detector = Detector(OneLevelBackbone(), nn.Identity(), OneLevelHead(), mask_head=MaskHead())
    images = torch.rand(1, 3, 32, 32)
    predictions = detector(images)
    assert predictions.masks is not None
    assert torch.equal(predictions.masks.prototypes, detector.backbone(images)[0])
