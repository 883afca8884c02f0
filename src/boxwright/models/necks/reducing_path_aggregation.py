"""Exchange between levels, down and up again, with coarse levels made narrow before they are enlarged."""

from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from boxwright.models.blocks import ConvNormAct, CrossStagePartial


class ReducingPathAggregation(nn.Module):
    """Passes features from coarse to fine, then from fine to coarse.

    On the way to the fine levels a 1×1 convolution gives each level the channels of the next finer one; the result is
    enlarged twofold (nearest neighbour), concatenated with that level and merged by a `CrossStagePartial` block
    without shortcuts. On the way back a strided convolution does the resizing, and the partner is what the 1×1
    convolution made.

    Source: Liu et al., "Path Aggregation Network for Instance Segmentation", 2018, section 3.1, with concatenation in
    place of addition; the narrowing as in YOLOv5.

    Args:
        channels: Of the levels, finest first; in and out.
        depth: Bottlenecks of each block.
    """

    def __init__(self, channels: tuple[int, ...], depth: int) -> None:
        super().__init__()
        self.channels = channels
        pairs = list(pairwise(channels))
        # coarse to fine, in the order in which they run
        self.reduce = nn.ModuleList(ConvNormAct(coarse, fine) for fine, coarse in reversed(pairs))
        self.top_down = nn.ModuleList(
            CrossStagePartial(2 * fine, fine, depth, shortcut=False) for fine, _ in reversed(pairs)
        )
        self.downsample = nn.ModuleList(ConvNormAct(fine, fine, 3, stride=2) for fine, _ in pairs)
        self.bottom_up = nn.ModuleList(
            CrossStagePartial(2 * fine, coarse, depth, shortcut=False) for fine, coarse in pairs
        )

    def forward(
        self, features: tuple[Float[Tensor, "batch _channels _height _width"], ...]
    ) -> tuple[Float[Tensor, "batch _channels _height _width"], ...]:
        """Computes features of the same shapes, finest first."""
        merged, narrow = features[-1], []
        for reduce, block, finer in zip(self.reduce, self.top_down, reversed(features[:-1]), strict=True):
            narrow.append(reduce(merged))
            enlarged = F.interpolate(narrow[-1], scale_factor=2.0, mode="nearest")
            merged = block(torch.cat([enlarged, finer], dim=1))
        levels = [merged]
        for downsample, block, partner in zip(self.downsample, self.bottom_up, reversed(narrow), strict=True):
            levels.append(block(torch.cat([downsample(levels[-1]), partner], dim=1)))
        return tuple(levels)
