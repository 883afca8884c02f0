"""A cross-stage-partial block: half of the channels go through bottlenecks, half go past them."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from boxwright.models.blocks.bottleneck import Bottleneck
from boxwright.models.blocks.conv_norm_act import ConvNormAct


class CrossStagePartial(nn.Module):
    """Merges what a chain of bottlenecks made with what went past it ("C3").

    Two 1×1 convolutions make out_channels / 2 each; the first result goes through the chain (1×1, then 3×3), the second
    past it, and a third 1×1 convolution merges both.

    Source: Wang et al., "CSPNet", 2020, figure 2 (b); YOLOv5 calls the block C3, after its three convolutions.

    Args:
        in_channels: Channels that come in.
        out_channels: Channels that go out, even.
        depth: Number of bottlenecks.
        shortcut: Whether each bottleneck adds its input.
    """

    def __init__(self, in_channels: int, out_channels: int, depth: int, *, shortcut: bool) -> None:
        super().__init__()
        hidden = out_channels // 2
        self.through = ConvNormAct(in_channels, hidden)
        self.past = ConvNormAct(in_channels, hidden)
        self.bottlenecks = nn.Sequential(*(Bottleneck(hidden, (1, 3), shortcut=shortcut) for _ in range(depth)))
        self.merge = ConvNormAct(2 * hidden, out_channels)

    def forward(
        self, features: Float[Tensor, "batch _in_channels height width"]
    ) -> Float[Tensor, "batch _out_channels height width"]:
        """Computes the merged features."""
        refined = self.bottlenecks(self.through(features))
        merged: Tensor = self.merge(torch.cat([refined, self.past(features)], dim=1))
        return merged
