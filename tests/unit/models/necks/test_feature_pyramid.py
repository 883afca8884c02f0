import pytest
import torch
from torch.nn import functional as F  # noqa: N812

from boxwright.models.necks import FeaturePyramid

CHANNELS, STRIDES = (8, 16, 24), (8, 16, 32)


def features_of() -> tuple[torch.Tensor, ...]:
    """Of 88 × 72 pixels, where halving does not go up evenly."""
    sizes = ((11, 9), (6, 5), (3, 3))
    return tuple(torch.rand(2, width, *size) for width, size in zip(CHANNELS, sizes, strict=True))


@pytest.mark.parametrize("extra_on", ["c5", "p5"])
def test_levels_of_one_width_and_every_stride(extra_on: str) -> None:
    neck = FeaturePyramid(CHANNELS, STRIDES, 32, extra_on=extra_on)
    levels = neck(features_of())
    assert [tuple(level.shape) for level in levels] == [
        (2, 32, 11, 9),
        (2, 32, 6, 5),
        (2, 32, 3, 3),
        (2, 32, 2, 2),
        (2, 32, 1, 1),
    ]
    assert (neck.strides, neck.channels) == ((8, 16, 32, 64, 128), (32,) * 5)


@pytest.mark.parametrize("has_extra_relu", [True, False])
@pytest.mark.parametrize("extra_on", ["c5", "p5"])
def test_p6_and_p7_by_hand(extra_on: str, has_extra_relu: bool) -> None:
    """Trap 4b: P6 of C5 (MMDetection) or of P5 (torchvision), with or without a ReLU before P7."""
    neck = FeaturePyramid(CHANNELS, STRIDES, 32, extra_on=extra_on, has_extra_relu=has_extra_relu)
    features = features_of()
    with torch.no_grad():
        *_, p5, p6, p7 = neck(features)
        source = features[-1] if extra_on == "c5" else p5
        expected = F.conv2d(source, neck.extra[0].weight, neck.extra[0].bias, 2, 1)
        assert torch.allclose(p6, expected)
        between = F.relu(expected) if has_extra_relu else expected
        assert torch.allclose(p7, F.conv2d(between, neck.extra[1].weight, neck.extra[1].bias, 2, 1))


def test_the_way_down_adds_the_enlarged_coarser_level() -> None:
    neck = FeaturePyramid(CHANNELS, STRIDES, 32, num_extra=0)
    features = features_of()
    with torch.no_grad():
        coarse = neck.lateral[2](features[2])
        middle = neck.lateral[1](features[1]) + coarse[:, :, [0, 0, 1, 1, 2, 2]][..., [0, 0, 1, 1, 2]]
        assert torch.allclose(neck(features)[1], neck.output[1](middle), atol=1e-6)


@pytest.mark.parametrize("size", [(1, 1), (3, 1), (2, 2)])
def test_gradients_in_bfloat16_hold_no_memory_that_nobody_wrote(size: tuple[int, int]) -> None:
    """A convolution of stride 2 that pads an input of one column itself leaves a part of its gradient as it was."""
    neck = FeaturePyramid((32,), (8,), 32, num_extra=1)
    features = (torch.rand(2, 32, *size),)
    gradients = []
    for is_mixed in (False, True):
        neck.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=is_mixed):
            level = neck(features)[-1]
        freed = [
            torch.full((2**power * share,), torch.nan) for power in range(17) for share in (2, 3, 9) for _ in range(6)
        ]
        del freed  # what is allocated next may lie here
        level.float().sum().backward()
        gradients.append(neck.extra[0].weight.grad)
    assert torch.allclose(*gradients, rtol=0.02, atol=0.02)
