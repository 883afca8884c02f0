"""Exchange between levels, down and up again."""

from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from boxwright.models.blocks import ConvNormAct, DenseCrossStagePartial


class PathAggregation(nn.Module):
    """Passes features from coarse to fine, then from fine to coarse.

    On the way to the fine levels each level is enlarged twofold (nearest neighbour), concatenated with the
    next finer one and merged by a `DenseCrossStagePartial` block without shortcuts; on the way back a strided
    convolution does the resizing and the partner is what the first way made.

    Source: Liu et al., "Path Aggregation Network for Instance Segmentation", 2018, section 3.1, with
    concatenation in place of addition.

    Args:
        channels: Of the levels, finest first; in and out.
        depth: Bottlenecks of each block.
    """

    def __init__(self, channels: tuple[int, ...], depth: int) -> None:
        super().__init__()
        self.channels = channels
        pairs = list(pairwise(channels))
        # coarse to fine, in the order in which they run
        self.top_down = nn.ModuleList(
            DenseCrossStagePartial(coarse + fine, fine, depth, shortcut=False) for fine, coarse in reversed(pairs)
        )
        self.downsample = nn.ModuleList(ConvNormAct(fine, fine, 3, stride=2) for fine, _ in pairs)
        self.bottom_up = nn.ModuleList(
            DenseCrossStagePartial(fine + coarse, coarse, depth, shortcut=False) for fine, coarse in pairs
        )

    def forward(
        self, features: tuple[Float[Tensor, "batch _channels _height _width"], ...]
    ) -> tuple[Float[Tensor, "batch _channels _height _width"], ...]:
        """Computes features of the same shapes, finest first."""
        merged = [features[-1]]
        for block, finer in zip(self.top_down, reversed(features[:-1]), strict=True):
            enlarged = F.interpolate(merged[-1], scale_factor=2.0, mode="nearest")
            merged.append(block(torch.cat([enlarged, finer], dim=1)))
        finest, *coarser = reversed(merged)
        levels = [finest]
        for downsample, block, partner in zip(self.downsample, self.bottom_up, coarser, strict=True):
            levels.append(block(torch.cat([downsample(levels[-1]), partner], dim=1)))
        return tuple(levels)
