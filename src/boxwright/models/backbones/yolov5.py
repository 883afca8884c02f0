"""The backbone of YOLOv5."""

from jaxtyping import Float
from torch import Tensor, nn

from boxwright.errors import unknown_name
from boxwright.models.backbones.network_scale import NetworkScale
from boxwright.models.blocks import ConvNormAct, CrossStagePartial, SpatialPyramidPooling

# The full-size network is variant "l".
YOLOV5_SCALES = {
    "n": NetworkScale(depth=0.33, width=0.25),
    "s": NetworkScale(depth=0.33, width=0.50),
    "m": NetworkScale(depth=0.67, width=0.75),
    "l": NetworkScale(depth=1.00, width=1.00),
    "x": NetworkScale(depth=1.33, width=1.25),
}


def yolov5_scale(variant: str) -> NetworkScale:
    """Looks up how a variant scales the network.

    Args:
        variant: "n", "s", "m", "l" or "x".

    Raises:
        ConfigError: There is no such variant.
    """
    if variant not in YOLOV5_SCALES:
        raise unknown_name("YOLOv5 variant", variant, YOLOV5_SCALES)
    return YOLOV5_SCALES[variant]


class YOLOv5Backbone(nn.Module):
    """Turns images into features at strides 8, 16 and 32, or also 4.

    A 6×6 stem and four stages halve the resolution five times; each stage is one strided convolution and one
    `CrossStagePartial` block. Pyramid pooling ends the last stage.

    Args:
        scale: Depth and width.
        strides: Canvas pixels per cell of the levels, finest first; 4 to 32.
    """

    def __init__(self, scale: NetworkScale, strides: tuple[int, ...] = (8, 16, 32)) -> None:
        super().__init__()
        self.strides = strides
        widths = [scale.channels(full) for full in (64, 128, 256, 512, 1024)]
        depths = [scale.repeats(full) for full in (3, 6, 9, 3)]
        self.channels = tuple(widths[stride.bit_length() - 2] for stride in strides)  # the stem halves once
        self.stem = ConvNormAct(3, widths[0], 6, stride=2, padding=2)
        self.stages = nn.ModuleList(
            nn.Sequential(
                ConvNormAct(before, after, 3, stride=2),
                CrossStagePartial(after, after, depth, shortcut=True),
            )
            for before, after, depth in zip(widths[:-1], widths[1:], depths, strict=True)
        )
        self.pooling = SpatialPyramidPooling(widths[-1], widths[-1])

    def forward(
        self, images: Float[Tensor, "batch 3 height width"]
    ) -> tuple[Float[Tensor, "batch _channels _height _width"], ...]:
        """Computes the features, finest first."""
        features: Tensor = self.stem(images)
        levels = []
        for stage in self.stages:
            features = stage(features)
            levels.append(features)
        levels[-1] = self.pooling(levels[-1])
        return tuple(levels[stride.bit_length() - 3] for stride in self.strides)  # the first has stride 4
