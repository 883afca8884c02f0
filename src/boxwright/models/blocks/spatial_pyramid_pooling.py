"""Maxima over windows of several sizes."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from boxwright.models.blocks.conv_norm_act import ConvNormAct


class SpatialPyramidPooling(nn.Module):
    """Merges the features with their maxima over three growing windows ("SPPF").

    Pooling k = 5 once, twice and three times has windows of 5, 9 and 13 cells, so three small poolings in a
    row give the maxima of three large ones side by side.

    Source: He et al., "Spatial Pyramid Pooling in Deep Convolutional Networks", 2015, section 2.2; in series
    as in YOLOv5 and YOLOv8.

    Args:
        in_channels: Channels that come in; half of them are pooled.
        out_channels: Channels that go out.
        window: Side of one pooling window in cells, odd.
    """

    def __init__(self, in_channels: int, out_channels: int, window: int = 5) -> None:
        super().__init__()
        hidden = in_channels // 2
        self.reduce = ConvNormAct(in_channels, hidden)
        self.pool = nn.MaxPool2d(window, stride=1, padding=window // 2)
        self.merge = ConvNormAct(4 * hidden, out_channels)

    def forward(
        self, features: Float[Tensor, "batch _in_channels height width"]
    ) -> Float[Tensor, "batch _out_channels height width"]:
        """Computes the merged features."""
        pooled = [self.reduce(features)]
        for _ in range(3):
            pooled.append(self.pool(pooled[-1]))
        merged: Tensor = self.merge(torch.cat(pooled, dim=1))
        return merged
