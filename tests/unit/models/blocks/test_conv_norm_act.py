import math

import pytest
import torch
from torch.nn import functional

from boxwright.models.blocks import ConvNormAct


@pytest.mark.parametrize("kernel", [1, 3, 5])
def test_stride_one_keeps_the_size_and_stride_two_halves_it(kernel: int) -> None:
    features = torch.rand(2, 4, 8, 12)
    assert ConvNormAct(4, 6, kernel)(features).shape == (2, 6, 8, 12)
    assert ConvNormAct(4, 6, kernel, stride=2)(features).shape == (2, 6, 4, 6)


def test_it_is_the_formula_with_the_published_constants() -> None:
    block = ConvNormAct(3, 5, 3).eval()
    block.norm.running_var.uniform_(1e-4, 1e-3)  # small, so that the epsilon shows
    block.norm.running_mean.uniform_(-1, 1)
    features = torch.rand(1, 3, 6, 6)
    convolved = functional.conv2d(features, block.conv.weight, padding=1)
    mean, variance = (values.view(1, -1, 1, 1) for values in (block.norm.running_mean, block.norm.running_var))
    normalised = (convolved - mean) / (variance + 1e-3).sqrt()
    assert torch.allclose(block(features), normalised * normalised.sigmoid(), atol=1e-5)
    assert block.norm.momentum == 0.03


def test_it_has_no_bias_and_starts_within_one_over_root_fan_in() -> None:
    block = ConvNormAct(16, 64, 3)
    bound = 1 / math.sqrt(16 * 9)
    assert block.conv.bias is None
    assert 0.9 * bound < float(block.conv.weight.detach().abs().max()) < 1.0001 * bound


def test_groups_are_passed_on() -> None:
    assert ConvNormAct(4, 8, 3, groups=4).conv.weight.shape == (8, 1, 3, 3)


def test_an_even_kernel_halves_the_size_with_its_own_padding() -> None:
    block = ConvNormAct(3, 4, 6, stride=2, padding=2)
    assert block(torch.rand(1, 3, 32, 64)).shape == (1, 4, 16, 32)
