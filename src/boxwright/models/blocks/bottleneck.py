"""Two convolutions with a way around them."""

from jaxtyping import Float
from torch import Tensor, nn

from boxwright.models.blocks.conv_norm_act import ConvNormAct


class Bottleneck(nn.Module):
    """Applies two convolutions and, where asked, adds the input to the result.

    Source: He et al., "Deep Residual Learning for Image Recognition", 2016, figure 5, with the activation
    before the addition.

    Args:
        channels: Channels in and out.
        kernel_sizes: Sides of the two kernels.
        shortcut: Whether the input is added.
        expansion: Channels between the two convolutions, as a fraction of `channels`.
    """

    def __init__(
        self,
        channels: int,
        kernel_sizes: tuple[int, int] = (3, 3),
        *,
        shortcut: bool = True,
        expansion: float = 1.0,
    ) -> None:
        super().__init__()
        hidden = int(channels * expansion)
        self.first = ConvNormAct(channels, hidden, kernel_sizes[0])
        self.second = ConvNormAct(hidden, channels, kernel_sizes[1])
        self.shortcut = shortcut

    def forward(
        self, features: Float[Tensor, "batch channels height width"]
    ) -> Float[Tensor, "batch channels height width"]:
        """Computes the refined features."""
        refined: Tensor = self.second(self.first(features))
        return features + refined if self.shortcut else refined
