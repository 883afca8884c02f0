"""A head with separate branches for boxes and classes."""

import math

from jaxtyping import Float
from torch import Tensor, nn

from boxwright.models.blocks import ConvNormAct
from boxwright.models.class_rows import ClassRows
from boxwright.structures import Predictions

CLASS_BIAS_OBJECTS = 5.0
CLASS_BIAS_CANVAS = 640.0
USUAL_STRIDE = 8


class DecoupledHead(nn.Module):
    """Predicts distributions of four distances and class logits at every cell, by two separate branches.

    Each branch is two 3×3 convolutions and a 1×1 predictor, one set per level. With c the channels of the
    finest level the branches are max(16, c/4, 4 · reg_max) and max(c, min(classes, 100)) channels wide. A level of
    stride 4 goes by its own channels, and leaves the others as wide as they are without it.

    The predictors' biases start so that early losses are small: box logits at `box_bias`; class logits at
    log(5 / classes / (640 / stride)²), that is five objects in a 640-pixel image.

    Source: Ge et al., "YOLOX", 2021, figure 2 (decoupling); Li et al., "Generalized Focal Loss", 2020,
    section 3.2 (distributions); widths and biases as in YOLOv8.

    Args:
        channels: Of the levels, finest first.
        strides: Canvas pixels per cell of the levels.
        num_classes: Class logits per cell.
        reg_max: Bins of one distance.
        box_bias: Initial bias of the box logits.
    """

    def __init__(
        self,
        channels: tuple[int, ...],
        strides: tuple[int, ...],
        num_classes: int,
        *,
        reg_max: int = 16,
        box_bias: float = 2.0,
    ) -> None:
        super().__init__()
        self.strides = strides
        box_widths = [max(16, width // 4, 4 * reg_max) for width in leading_channels(channels, strides)]
        class_widths = [max(width, min(num_classes, 100)) for width in leading_channels(channels, strides)]
        self.box_branches = nn.ModuleList(
            branch(width, hidden, 4 * reg_max) for width, hidden in zip(channels, box_widths, strict=True)
        )
        self.class_branches = nn.ModuleList(
            branch(width, hidden, num_classes) for width, hidden in zip(channels, class_widths, strict=True)
        )
        for stride, box_branch, class_branch in zip(strides, self.box_branches, self.class_branches, strict=True):
            nn.init.constant_(box_branch[-1].bias, box_bias)  # type: ignore[index]
            nn.init.constant_(class_branch[-1].bias, class_bias(num_classes, stride))  # type: ignore[index]

    def forward(self, features: tuple[Float[Tensor, "batch _channels _height _width"], ...]) -> Predictions:
        """Computes box codes (left, top, right, bottom × bins) and class logits of every level."""
        return Predictions(
            class_logits=tuple(
                predict(level).unsqueeze(1) for predict, level in zip(self.class_branches, features, strict=True)
            ),
            box_codes=tuple(
                predict(level).unsqueeze(1) for predict, level in zip(self.box_branches, features, strict=True)
            ),
        )

    def class_layers(self) -> dict[str, ClassRows]:
        """Says which rows of which layers belong to the classes: all of the last layer of each class branch."""
        return {f"class_branches.{level}.2": ClassRows() for level in range(len(self.class_branches))}


def branch(in_channels: int, hidden: int, values: int) -> nn.Sequential:
    """Builds two 3×3 convolutions and a 1×1 predictor with a bias.

    Args:
        in_channels: Channels that come in.
        hidden: Channels of the two convolutions.
        values: Values predicted per cell.
    """
    return nn.Sequential(
        ConvNormAct(in_channels, hidden, 3),
        ConvNormAct(hidden, hidden, 3),
        nn.Conv2d(hidden, values, 1),
    )


def usual_finest(strides: tuple[int, ...]) -> int:
    """Gives the index of the finest level of the published network: that of stride 8, if any.

    Args:
        strides: Canvas pixels per cell of the levels, finest first.
    """
    return strides.index(USUAL_STRIDE) if USUAL_STRIDE in strides else 0


def leading_channels(channels: tuple[int, ...], strides: tuple[int, ...]) -> list[int]:
    """Gives the channels that the branches of each level go by: those of stride 8, and its own of a finer level.

    Args:
        channels: Of the levels, finest first.
        strides: Canvas pixels per cell of the levels.
    """
    return [channels[min(level, usual_finest(strides))] for level in range(len(channels))]


def class_bias(num_classes: int, stride: int) -> float:
    """Gives the logit of a score that expects five objects in a 640-pixel image, over all classes and cells.

    Args:
        num_classes: Number of classes.
        stride: Canvas pixels per cell.
    """
    return math.log(CLASS_BIAS_OBJECTS / num_classes / (CLASS_BIAS_CANVAS / stride) ** 2)
