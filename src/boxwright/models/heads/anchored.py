"""A head of one convolution per level that predicts a box, an objectness and classes for every anchor."""

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn

from boxwright.models.class_rows import ClassRows
from boxwright.structures import Predictions

BOX_CODES = 4
OBJECTS_PER_IMAGE = 8.0
BIAS_CANVAS = 640.0
CLASS_SCORE_SUM = 0.6


class AnchoredHead(nn.Module):
    """Predicts 4 box codes, 1 objectness logit and the class logits of every anchor by one 1×1 convolution per level.

    Channels are anchor by anchor, inside an anchor box, objectness, classes. The level blocks are views of the
    convolution's output.

    The biases start at PyTorch's own values plus log(8 / (640 / stride)²) for objectness, that is eight objects
    in a 640-pixel image, and plus log(0.6 / (classes - 0.99999)) for classes. With one class the latter is about
    +11, so that the only class is certain and the objectness alone decides.

    Source: Redmon and Farhadi, "YOLOv3", 2018, section 2 (one prediction per anchor); Lin et al., "Focal Loss for Dense
    Object Detection", 2017, section 4.1 (biases for rare objects), with the numbers of YOLOv5.

    Args:
        channels: Of the levels, finest first.
        strides: Canvas pixels per cell of the levels.
        num_classes: Class logits per anchor.
        anchors_per_cell: Anchors at each cell of a level.
    """

    def __init__(
        self, channels: tuple[int, ...], strides: tuple[int, ...], num_classes: int, *, anchors_per_cell: int = 3
    ) -> None:
        super().__init__()
        self.strides = strides
        self.num_classes = num_classes
        self.anchors_per_cell = anchors_per_cell
        values = BOX_CODES + 1 + num_classes
        self.predictors = nn.ModuleList(nn.Conv2d(width, anchors_per_cell * values, 1) for width in channels)
        for stride, predictor in zip(strides, self.predictors, strict=True):
            assert isinstance(predictor.bias, Tensor)
            with torch.no_grad():
                bias = predictor.bias.view(anchors_per_cell, values)
                bias[:, BOX_CODES] += objectness_bias(stride)
                bias[:, BOX_CODES + 1 :] += class_bias(num_classes)

    def forward(self, features: tuple[Float[Tensor, "batch _channels _height _width"], ...]) -> Predictions:
        """Computes box codes, objectness logits and class logits of every level."""
        parts = [self._split(predict(level)) for predict, level in zip(self.predictors, features, strict=True)]
        box_codes, objectness, class_logits = zip(*parts, strict=True)
        return Predictions(class_logits, box_codes, {"objectness": objectness})

    def class_layers(self) -> dict[str, ClassRows]:
        """Says which rows of which layers belong to the classes: those after box and objectness, anchor by anchor."""
        rows = ClassRows(self.anchors_per_cell, offset=BOX_CODES + 1)
        return {f"predictors.{level}": rows for level in range(len(self.predictors))}

    def _split(self, block: Tensor) -> tuple[Tensor, ...]:
        rows = block.unflatten(1, (self.anchors_per_cell, -1))
        parts: tuple[Tensor, ...] = rows.split((BOX_CODES, 1, self.num_classes), dim=2)
        return parts


def objectness_bias(stride: int) -> float:
    """Gives the logit that expects eight objects in a 640-pixel image, at small scores.

    Args:
        stride: Canvas pixels per cell.
    """
    return math.log(OBJECTS_PER_IMAGE / (BIAS_CANVAS / stride) ** 2)


def class_bias(num_classes: int) -> float:
    """Gives the logit at which the scores of many classes add up to about 0.6.

    Args:
        num_classes: Number of classes.
    """
    return math.log(CLASS_SCORE_SUM / (num_classes - 0.99999))
