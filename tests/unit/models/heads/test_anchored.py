import math

import pytest
import torch

from boxwright.models.heads import AnchoredHead
from boxwright.models.heads.anchored import class_bias, objectness_bias

CHANNELS, STRIDES = (8, 16, 32), (8, 16, 32)


def features_of(batch: int) -> tuple[torch.Tensor, ...]:
    return tuple(torch.rand(batch, width, side, side + 1) for width, side in zip(CHANNELS, (8, 4, 2), strict=True))


def test_level_blocks_have_every_anchor_of_every_cell() -> None:
    predictions = AnchoredHead(CHANNELS, STRIDES, 5, anchors_per_cell=2)(features_of(3))
    cells = [(8, 9), (4, 5), (2, 3)]
    assert [tuple(block.shape) for block in predictions.box_codes] == [(3, 2, 4, *size) for size in cells]
    assert [tuple(block.shape) for block in predictions.class_logits] == [(3, 2, 5, *size) for size in cells]
    assert [tuple(block.shape) for block in predictions.further["objectness"]] == [(3, 2, 1, *size) for size in cells]


@pytest.mark.parametrize("memory_format", [torch.contiguous_format, torch.channels_last])
def test_channels_go_anchor_by_anchor_box_objectness_classes_without_a_copy(memory_format: torch.memory_format) -> None:
    head, features = AnchoredHead(CHANNELS, STRIDES, 3), features_of(2)
    head.to(memory_format=memory_format)
    kept: list[torch.Tensor] = []
    for predictor in head.predictors:
        predictor.register_forward_hook(lambda module, inputs, output: kept.append(output))
    predictions = head(tuple(level.contiguous(memory_format=memory_format) for level in features))
    for level, output in enumerate(kept):
        for anchor in range(3):
            first = anchor * 8
            assert torch.equal(predictions.box_codes[level][:, anchor], output[:, first : first + 4])
            assert torch.equal(predictions.further["objectness"][level][:, anchor], output[:, first + 4 : first + 5])
            assert torch.equal(predictions.class_logits[level][:, anchor], output[:, first + 5 : first + 8])
        for blocks in (predictions.box_codes, predictions.further["objectness"], predictions.class_logits):
            assert blocks[level].untyped_storage().data_ptr() == output.untyped_storage().data_ptr()


@pytest.mark.parametrize("num_classes", [1, 3, 80])
def test_the_published_constants_are_added_to_the_ordinary_biases(num_classes: int) -> None:
    torch.manual_seed(0)
    head = AnchoredHead(CHANNELS, STRIDES, num_classes)
    torch.manual_seed(0)
    for predictor, width, stride in zip(head.predictors, CHANNELS, STRIDES, strict=True):
        plain = torch.nn.Conv2d(width, 3 * (5 + num_classes), 1)
        added = (predictor.bias - plain.bias).detach().view(3, 5 + num_classes)
        assert not added[:, :4].any()
        assert torch.allclose(added[:, 4], torch.full((3,), math.log(8 / (640 / stride) ** 2)), atol=1e-5)
        assert torch.allclose(added[:, 5:], torch.full((3, num_classes), class_bias(num_classes)), atol=1e-5)
        assert torch.equal(predictor.weight, plain.weight)


@pytest.mark.parametrize("stride", STRIDES)
def test_the_objectness_bias_expects_eight_objects_on_each_level(stride: int) -> None:
    assert math.exp(objectness_bias(stride)) * (640 / stride) ** 2 == pytest.approx(8)


def test_the_class_bias_adds_up_to_six_tenths_and_is_certain_of_an_only_class() -> None:
    assert math.exp(class_bias(80)) * 79 == pytest.approx(0.6, rel=1e-5)
    assert class_bias(1) == pytest.approx(math.log(0.6e5), rel=1e-5)


def test_the_gradient_of_every_part_reaches_the_convolution() -> None:
    head = AnchoredHead(CHANNELS, STRIDES, 3)
    predictions = head(features_of(1))
    blocks = (*predictions.box_codes, *predictions.further["objectness"], *predictions.class_logits)
    torch.stack([block.square().sum() for block in blocks]).sum().backward()
    assert all(bool((predictor.bias.grad != 0).all()) for predictor in head.predictors)
