"""A cross-stage-partial block that keeps what every bottleneck made."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from boxwright.models.blocks.bottleneck import Bottleneck
from boxwright.models.blocks.conv_norm_act import ConvNormAct


class DenseCrossStagePartial(nn.Module):
    """Sends half of the channels through a chain of bottlenecks and merges all intermediate results ("C2f").

    One 1×1 convolution makes 2h channels, h = out_channels / 2. The first h go past the chain, the other h
    enter it; both halves and the output of each bottleneck, (2 + depth) h channels, are concatenated and
    merged by another 1×1 convolution.

    Source: Wang et al., "CSPNet", 2020, figure 2 (the split); Wang et al., "Designing Network Design
    Strategies Through Gradient Path Analysis", 2022, figure 3 (keeping all results). YOLOv8 calls the block
    C2f.

    Args:
        in_channels: Channels that come in.
        out_channels: Channels that go out, even.
        depth: Number of bottlenecks.
        shortcut: Whether each bottleneck adds its input.
    """

    def __init__(self, in_channels: int, out_channels: int, depth: int, *, shortcut: bool) -> None:
        super().__init__()
        hidden = out_channels // 2
        self.split = ConvNormAct(in_channels, 2 * hidden)
        self.bottlenecks = nn.ModuleList(Bottleneck(hidden, shortcut=shortcut) for _ in range(depth))
        self.merge = ConvNormAct((2 + depth) * hidden, out_channels)

    def forward(
        self, features: Float[Tensor, "batch _in_channels height width"]
    ) -> Float[Tensor, "batch _out_channels height width"]:
        """Computes the merged features."""
        kept = list(self.split(features).chunk(2, dim=1))
        for bottleneck in self.bottlenecks:
            kept.append(bottleneck(kept[-1]))
        merged: Tensor = self.merge(torch.cat(kept, dim=1))
        return merged
