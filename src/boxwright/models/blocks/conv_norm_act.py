"""Convolution, batch normalisation, activation."""

from jaxtyping import Float
from torch import Tensor, nn

NORM_EPSILON = 1e-3
NORM_MOMENTUM = 0.03


class ConvNormAct(nn.Module):
    """Convolves without a bias, normalises over the batch, applies SiLU.

    The kernel is padded so that stride 1 keeps the size and stride 2 halves an even one. Convolutions start
    from PyTorch's own initialisation (uniform Kaiming with a = √5, that is ±1/√fan_in), as the published YOLO
    systems do.

    Args:
        in_channels: Channels that come in.
        out_channels: Channels that go out.
        kernel_size: Side of the kernel, odd unless the padding is given.
        stride: 1 or 2.
        groups: Groups of the convolution.
        padding: Cells added on every side; half the kernel if left out.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int = 1,
        stride: int = 1,
        groups: int = 1,
        *,
        padding: int | None = None,
    ) -> None:
        super().__init__()
        around = kernel_size // 2 if padding is None else padding
        self.conv = nn.Conv2d(in_channels, out_channels, kernel_size, stride, around, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(out_channels, eps=NORM_EPSILON, momentum=NORM_MOMENTUM)
        self.activation = nn.SiLU(inplace=True)

    def forward(
        self, features: Float[Tensor, "batch _in_channels _height _width"]
    ) -> Float[Tensor, "batch _out_channels _out_height _out_width"]:
        """Computes the activated features."""
        activated: Tensor = self.activation(self.norm(self.conv(features)))
        return activated
