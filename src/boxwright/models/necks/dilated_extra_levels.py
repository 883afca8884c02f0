"""The levels of SSD300 on top of VGG-16."""

from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

FIRST_SCALE = 20.0
FC_WIDTH = 1024
NORM_GROUPS = 32
# width of the 1×1 and of the 3×3 convolution, stride and padding of the latter: conv8, conv9, conv10, conv11
EXTRA = ((256, 512, 2, 1), (128, 256, 2, 1), (128, 256, 1, 0), (128, 256, 1, 0))


class DilatedExtraLevels(nn.Module):
    """Makes six levels of conv4_3 and conv5_3.

    The first level is conv4_3, each cell divided by its length and multiplied by a learned number per channel, which
    starts at 20. The second is conv5_3 pooled at stride 1, a dilated 3×3 and a 1×1 convolution (fc6 and fc7); the
    others follow by a 1×1 and a 3×3 convolution each, with stride 2 at first, then without padding.

    Source: Liu et al., "SSD: Single Shot MultiBox Detector", 2016, figure 2 and section 3.1 (normalisation).

    Args:
        channels: Of conv4_3 and conv5_3.
        has_norms: Whether each convolution is followed by a norm, which training from nothing needs; a group norm,
            since a batch norm would have nothing to go by where one image gives one cell.
    """

    def __init__(self, channels: tuple[int, int] = (512, 512), *, has_norms: bool = False) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.full((channels[0],), FIRST_SCALE))
        self.pool = nn.MaxPool2d(3, stride=1, padding=1)
        self.fully = nn.Sequential(
            *_convolution(channels[1], FC_WIDTH, 3, has_norms, padding=6, dilation=6),
            *_convolution(FC_WIDTH, FC_WIDTH, 1, has_norms),
        )
        self.channels = (channels[0], FC_WIDTH, *(wide for _, wide, _, _ in EXTRA))
        self.extra = nn.ModuleList(
            nn.Sequential(
                *_convolution(before, narrow, 1, has_norms),
                *_convolution(narrow, wide, 3, has_norms, stride=stride, padding=padding),
            )
            for (before, _), (narrow, wide, stride, padding) in zip(pairwise(self.channels[1:]), EXTRA, strict=True)
        )

    def forward(
        self, features: tuple[Float[Tensor, "batch _channels _height _width"], ...]
    ) -> tuple[Float[Tensor, "batch _out_channels _out_height _out_width"], ...]:
        """Computes the levels, finest first."""
        fine, coarse = features
        levels = [self.scale.view(1, -1, 1, 1) * F.normalize(fine), self.fully(self.pool(coarse))]
        for block in self.extra:
            levels.append(block(levels[-1]))
        return tuple(levels)


def _convolution(
    before: int, after: int, kernel: int, has_norms: bool, *, stride: int = 1, padding: int = 0, dilation: int = 1
) -> list[nn.Module]:
    """Gives a convolution, a norm if wanted, and a ReLU."""
    convolution = nn.Conv2d(before, after, kernel, stride, padding, dilation, bias=not has_norms)
    nn.init.xavier_uniform_(convolution.weight)
    if convolution.bias is not None:
        nn.init.zeros_(convolution.bias)
    return [convolution, *([nn.GroupNorm(NORM_GROUPS, after)] if has_norms else []), nn.ReLU(inplace=True)]
