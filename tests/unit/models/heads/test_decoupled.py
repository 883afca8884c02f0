import math

import pytest
import torch

from boxwright.models.heads import DecoupledHead
from boxwright.models.heads.decoupled import class_bias

CHANNELS, STRIDES = (64, 128, 256), (8, 16, 32)


def test_predictions_are_level_blocks_of_one_prior_per_cell() -> None:
    head = DecoupledHead(CHANNELS, STRIDES, 3)
    features = tuple(torch.rand(2, width, side, side + 1) for width, side in zip(CHANNELS, (8, 4, 2), strict=True))
    predictions = head(features)
    assert [tuple(block.shape) for block in predictions.box_codes] == [
        (2, 1, 64, 8, 9),
        (2, 1, 64, 4, 5),
        (2, 1, 64, 2, 3),
    ]
    assert [tuple(block.shape) for block in predictions.class_logits] == [
        (2, 1, 3, 8, 9),
        (2, 1, 3, 4, 5),
        (2, 1, 3, 2, 3),
    ]


@pytest.mark.parametrize(
    ("channels", "num_classes", "reg_max", "box_width", "class_width"),
    [
        ((64, 128, 256), 80, 16, 64, 80),
        ((64, 128, 256), 3, 16, 64, 64),
        ((64, 128, 256), 365, 16, 64, 100),
        ((320, 640, 640), 80, 16, 80, 320),
        ((32, 64, 64), 1, 2, 16, 32),
    ],
)
def test_widths(channels: tuple[int, ...], num_classes: int, reg_max: int, box_width: int, class_width: int) -> None:
    head = DecoupledHead(channels, STRIDES, num_classes, reg_max=reg_max)
    assert {branch[1].conv.weight.shape[:2] for branch in head.box_branches} == {(box_width, box_width)}
    assert {branch[1].conv.weight.shape[:2] for branch in head.class_branches} == {(class_width, class_width)}


@pytest.mark.parametrize("box_bias", [1.0, 2.0])
def test_biases_start_as_published(box_bias: float) -> None:
    head = DecoupledHead(CHANNELS, STRIDES, 80, box_bias=box_bias)
    for branch in head.box_branches:
        assert branch[-1].bias.tolist() == [box_bias] * 64
    for branch, stride in zip(head.class_branches, STRIDES, strict=True):
        expected = math.log(5 / 80 / (640 / stride) ** 2)
        assert torch.allclose(branch[-1].bias, torch.full((80,), expected))


@pytest.mark.parametrize("stride", STRIDES)
def test_the_class_bias_expects_five_objects_on_each_level(stride: int) -> None:
    score_per_cell = math.exp(class_bias(20, stride)) * 20
    assert score_per_cell * (640 / stride) ** 2 == pytest.approx(5)
