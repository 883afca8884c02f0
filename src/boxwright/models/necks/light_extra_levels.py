"""Cheap coarse levels on top of a light backbone."""

from itertools import pairwise

from jaxtyping import Float
from torch import Tensor, nn

NORM_GROUPS = 16


class LightExtraLevels(nn.Module):
    """Keeps the levels of a backbone and adds coarser ones by depthwise convolutions.

    An extra level is a 1×1 convolution to half of its width, a depthwise 3×3 convolution and a 1×1 convolution, with
    group norms and ReLU6 (batch norms would have nothing to go by where one image gives one cell). The depthwise one
    has stride 2 and a padding of one, the last level's neither, so that three cells become one.

    Source: Sandler et al., "MobileNetV2", 2018, section 6.2 (SSDLite), for the levels of Liu et al., "SSD", 2016.

    Args:
        channels: Of the levels that come in, finest first.
        extra: Channels of the levels to add, multiples of 32.
    """

    def __init__(self, channels: tuple[int, ...], extra: tuple[int, ...] = (512, 256, 256)) -> None:
        super().__init__()
        self.channels = (*channels, *extra)
        pairs = list(pairwise((channels[-1], *extra)))
        self.extra = nn.ModuleList(
            _level(before, after, is_last=number == len(pairs) - 1) for number, (before, after) in enumerate(pairs)
        )

    def forward(
        self, features: tuple[Float[Tensor, "batch _channels _height _width"], ...]
    ) -> tuple[Float[Tensor, "batch _out_channels _out_height _out_width"], ...]:
        """Computes the levels, finest first."""
        levels = list(features)
        for block in self.extra:
            levels.append(block(levels[-1]))
        return tuple(levels)


def _level(before: int, after: int, *, is_last: bool) -> nn.Sequential:
    narrow = after // 2
    stride, padding = (1, 0) if is_last else (2, 1)
    return nn.Sequential(
        *_convolution(before, narrow, 1),
        *_convolution(narrow, narrow, 3, stride=stride, padding=padding, groups=narrow),
        *_convolution(narrow, after, 1),
    )


def _convolution(
    before: int, after: int, kernel: int, *, stride: int = 1, padding: int = 0, groups: int = 1
) -> list[nn.Module]:
    convolution = nn.Conv2d(before, after, kernel, stride, padding, groups=groups, bias=False)
    nn.init.kaiming_normal_(convolution.weight, mode="fan_out", nonlinearity="relu")
    return [convolution, nn.GroupNorm(NORM_GROUPS, after), nn.ReLU6(inplace=True)]
