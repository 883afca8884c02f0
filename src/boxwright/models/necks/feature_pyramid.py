"""A pyramid of features of equal width, with coarser levels on top."""

from itertools import pairwise
from typing import Literal

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from boxwright.errors import ConfigError


class FeaturePyramid(nn.Module):
    """Passes features from coarse to fine by addition, and adds coarser levels by strided convolutions.

    A 1×1 convolution brings every level to the same width; from the coarsest on, each is enlarged (nearest neighbour)
    and added to the next finer one; a 3×3 convolution makes the output. The first extra level is a 3×3 convolution
    of stride 2 on the coarsest input (C5) or on the coarsest output (P5), each further one on the extra level before.

    Source: Lin et al., "Feature Pyramid Networks", 2017, section 3; extra levels: Lin et al., "Focal Loss for Dense
    Object Detection", 2017, section 4 (on C5, with a ReLU before P7). MMDetection's RetinaNet has them on C5 without
    the ReLU, torchvision's first one on P5 with it.

    Args:
        channels: Of the levels that come in, finest first.
        strides: Of the levels that come in.
        width: Channels of all levels that go out.
        num_extra: Levels to add.
        extra_on: Where the first extra level comes from, "c5" or "p5".
        has_extra_relu: Whether a ReLU stands between two extra levels.

    Raises:
        ConfigError: `extra_on` is neither.
    """

    def __init__(
        self,
        channels: tuple[int, ...],
        strides: tuple[int, ...],
        width: int = 256,
        *,
        num_extra: int = 2,
        extra_on: Literal["c5", "p5"] = "c5",
        has_extra_relu: bool = False,
    ) -> None:
        super().__init__()
        if extra_on not in ("c5", "p5"):
            raise ConfigError(f"extra_on must be c5 or p5; found {extra_on!r}.")
        self.extra_on, self.has_extra_relu = extra_on, has_extra_relu
        self.channels = (width,) * (len(channels) + num_extra)
        self.strides = (*strides, *(strides[-1] << number for number in range(1, num_extra + 1)))
        self.lateral = nn.ModuleList(nn.Conv2d(size, width, 1) for size in channels)
        self.output = nn.ModuleList(nn.Conv2d(width, width, 3, padding=1) for _ in channels)
        widths = [channels[-1] if extra_on == "c5" else width] + [width] * num_extra
        self.extra = nn.ModuleList(
            nn.Conv2d(before, after, 3, stride=2, padding=1) for before, after in pairwise(widths)
        )
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                assert module.bias is not None
                nn.init.kaiming_uniform_(module.weight, a=1)
                nn.init.zeros_(module.bias)

    def forward(
        self, features: tuple[Float[Tensor, "batch _channels _height _width"], ...]
    ) -> tuple[Float[Tensor, "batch _width _out_height _out_width"], ...]:
        """Computes the levels, finest first."""
        merged = [lateral(level) for lateral, level in zip(self.lateral, features, strict=True)]
        for index in range(len(merged) - 2, -1, -1):
            size = merged[index].shape[-2:]
            merged[index] = merged[index] + F.interpolate(merged[index + 1], size=size, mode="nearest")
        levels = [output(level) for output, level in zip(self.output, merged, strict=True)]
        coarse = features[-1] if self.extra_on == "c5" else levels[-1]
        for number, extra in enumerate(self.extra):
            coarse = _halved(F.relu(coarse) if number and self.has_extra_relu else coarse, extra)
            levels.append(coarse)
        return tuple(levels)


def _halved(level: Tensor, conv: nn.Module) -> Tensor:
    """Convolves with a stride of 2.

    On a CPU the gradient of such a convolution in bfloat16 holds memory that nobody wrote, where its input is one cell
    wide and it pads itself (torch 2.15, oneDNN).
    """
    assert isinstance(conv, nn.Conv2d)
    if conv.training and level.shape[-1] == 1:
        return F.conv2d(F.pad(level, (1, 1, 1, 1)), conv.weight, conv.bias, stride=2)
    halved: Tensor = conv(level)
    return halved
