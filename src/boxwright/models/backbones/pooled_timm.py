"""A network of timm in the place of a YOLO backbone."""

from jaxtyping import Float
from torch import Tensor, nn

from boxwright.models.backbones.timm_features import TimmBackbone
from boxwright.models.blocks import ConvNormAct, SpatialPyramidPooling


class PooledTimmBackbone(nn.Module):
    """Turns images into features at strides 8, 16 and 32, or also 4, as wide as a neck wants them.

    A 1×1 convolution brings each level of timm's network to its width, and pyramid pooling ends the last, as in the
    backbones of YOLOv5 and YOLOv8.

    Args:
        name: As timm calls it.
        channels: Of the levels, finest first.
        strides: Canvas pixels per cell of the levels.

    Raises:
        ConfigError: timm does not know the name, or the network has no features of these strides.
    """

    def __init__(self, name: str, channels: tuple[int, ...], strides: tuple[int, ...] = (8, 16, 32)) -> None:
        super().__init__()
        self.features = TimmBackbone(name, strides)
        self.channels, self.strides = channels, strides
        self.widen = nn.ModuleList(
            ConvNormAct(before, after) for before, after in zip(self.features.channels, channels, strict=True)
        )
        self.pooling = SpatialPyramidPooling(channels[-1], channels[-1])

    def forward(
        self, images: Float[Tensor, "batch 3 height width"]
    ) -> tuple[Float[Tensor, "batch _channels _height _width"], ...]:
        """Computes the features, finest first."""
        *fine, last = (widen(level) for widen, level in zip(self.widen, self.features(images), strict=True))
        return *fine, self.pooling(last)
