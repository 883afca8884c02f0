"""A head whose two towers are shared by all levels."""

import math

from jaxtyping import Float
from torch import Tensor, nn

from boxwright.models.class_rows import ClassRows
from boxwright.structures import Predictions

BOX_CODES = 4
WEIGHT_STD = 0.01
CHANNELS_PER_GROUP = 8


class TowersHead(nn.Module):
    """Predicts class logits and box codes of every anchor; all levels go through the same weights.

    Each of the two towers is four 3×3 convolutions with ReLU and one that predicts. Weights start normal with a
    deviation of 0.01, biases at 0, that of the class logits at -log((1 - π) / π), so that every score starts at π: else
    the many background anchors would drown everything in the first steps.

    Source: Lin et al., "Focal Loss for Dense Object Detection", 2017, section 4 (towers) and 4.1 (initialisation).

    Args:
        channels: Of every level.
        num_classes: Class logits per anchor.
        anchors_per_cell: Anchors at each cell.
        depth: Convolutions of a tower before the last.
        prior_probability: The score π that everything starts with.
        has_norms: Whether a norm of groups of 8 channels follows each convolution of the towers, as in torchvision's
            second version.
    """

    def __init__(
        self,
        channels: int,
        num_classes: int,
        anchors_per_cell: int = 9,
        *,
        depth: int = 4,
        prior_probability: float = 0.01,
        has_norms: bool = False,
    ) -> None:
        super().__init__()
        self.num_classes, self.anchors_per_cell = num_classes, anchors_per_cell
        self.class_tower = tower(channels, depth, has_norms=has_norms, bias=not has_norms)
        self.box_tower = tower(channels, depth, has_norms=has_norms, bias=not has_norms)
        self.class_predictor = convolution(channels, anchors_per_cell * num_classes)
        self.box_predictor = convolution(channels, anchors_per_cell * BOX_CODES)
        assert self.class_predictor.bias is not None
        nn.init.constant_(self.class_predictor.bias, -math.log((1 - prior_probability) / prior_probability))

    def forward(self, features: tuple[Float[Tensor, "batch _channels _height _width"], ...]) -> Predictions:
        """Computes class logits and box codes of every level."""
        shape = (self.anchors_per_cell, -1)
        return Predictions(
            tuple(self.class_predictor(self.class_tower(level)).unflatten(1, shape) for level in features),
            tuple(self.box_predictor(self.box_tower(level)).unflatten(1, shape) for level in features),
        )

    def class_layers(self) -> dict[str, ClassRows]:
        """Says which rows of which layers belong to the classes: all of one layer, anchor by anchor."""
        return {"class_predictor": ClassRows(self.anchors_per_cell)}


def tower(channels: int, depth: int, *, has_norms: bool, bias: bool) -> nn.Sequential:
    """Builds the convolutions before the last, with ReLU.

    Args:
        channels: Before and after each of them.
        depth: How many.
        has_norms: Whether a norm of groups of 8 channels follows each.
        bias: Whether they have one.
    """
    blocks = []
    for _ in range(depth):
        norm = [nn.GroupNorm(channels // CHANNELS_PER_GROUP, channels)] if has_norms else []
        blocks.append(nn.Sequential(convolution(channels, channels, bias=bias), *norm, nn.ReLU()))
    return nn.Sequential(*blocks)


def convolution(before: int, after: int, *, bias: bool = True) -> nn.Conv2d:
    """Builds a 3×3 convolution whose weights start normal with a deviation of 0.01, and its biases at 0.

    Args:
        before: Channels that it reads.
        after: Channels that it gives.
        bias: Whether it has biases.
    """
    layer = nn.Conv2d(before, after, 3, padding=1, bias=bias)
    nn.init.normal_(layer.weight, std=WEIGHT_STD)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer
