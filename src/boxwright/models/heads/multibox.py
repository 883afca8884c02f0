"""The head of SSD: one convolution for boxes and one for classes on every level."""

from jaxtyping import Float
from torch import Tensor, nn

from boxwright.models.class_rows import ClassRows
from boxwright.structures import Predictions

BOX_CODES = 4


class MultiBoxHead(nn.Module):
    """Predicts the class logits, that of the background first, and the box codes of every default box.

    Two 3×3 convolutions per level; weights start uniform (Xavier), biases at 0. Channels are box by box.

    Source: Liu et al., "SSD: Single Shot MultiBox Detector", 2016, section 2.1.

    Args:
        channels: Of the levels, finest first.
        boxes_per_cell: Default boxes at each cell of the levels.
        num_classes: Number of categories, without the background.
    """

    def __init__(self, channels: tuple[int, ...], boxes_per_cell: tuple[int, ...], num_classes: int) -> None:
        super().__init__()
        self.num_classes, self.boxes_per_cell = num_classes, boxes_per_cell
        pairs = list(zip(channels, boxes_per_cell, strict=True))
        self.class_predictors = nn.ModuleList(_convolution(width, count * (num_classes + 1)) for width, count in pairs)
        self.box_predictors = nn.ModuleList(_convolution(width, count * BOX_CODES) for width, count in pairs)

    def forward(self, features: tuple[Float[Tensor, "batch _channels _height _width"], ...]) -> Predictions:
        """Computes class logits and box codes of every level."""
        classes, boxes = (self._predict(part, features) for part in (self.class_predictors, self.box_predictors))
        return Predictions(classes, boxes, has_background=True)

    def class_layers(self) -> dict[str, ClassRows]:
        """Says which rows of which layers belong to the classes: those after the background, box by box."""
        return {f"class_predictors.{level}": ClassRows(count, 1) for level, count in enumerate(self.boxes_per_cell)}

    def _predict(self, predictors: nn.ModuleList, features: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        parts = zip(predictors, features, self.boxes_per_cell, strict=True)
        return tuple(predict(level).unflatten(1, (count, -1)) for predict, level, count in parts)


def _convolution(before: int, after: int) -> nn.Conv2d:
    convolution = nn.Conv2d(before, after, 3, padding=1)
    nn.init.xavier_uniform_(convolution.weight)
    assert convolution.bias is not None
    nn.init.zeros_(convolution.bias)
    return convolution
