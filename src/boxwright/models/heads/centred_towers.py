"""A head whose two towers are shared by all levels, with distances to the sides and a centreness of every point."""

import math

from jaxtyping import Float
from torch import Tensor, nn

from boxwright.models.class_rows import ClassRows
from boxwright.models.heads.towers import BOX_CODES, convolution, tower
from boxwright.structures import Predictions


class CentredTowersHead(nn.Module):
    """Predicts class logits, four distances and a centreness logit of every point; levels go through the same weights.

    Distances pass through a ReLU, so that no box lies beside its point. The centreness comes from the tower of the
    boxes. Weights start normal with a deviation of 0.01, biases at 0, that of the class logits at -log((1 - π) / π).

    Source: FCOS, Tian et al. 2019, sec. 3.1 and 3.3; centreness beside the boxes and ReLU as in its version of 2020 and
    in torchvision.

    Args:
        channels: Of every level.
        num_classes: Class logits per point.
        depth: Convolutions of a tower before the last.
        prior_probability: The score π that every class starts with.
        has_norms: Whether a norm of groups of 8 channels follows each convolution of the towers.
    """

    def __init__(
        self,
        channels: int,
        num_classes: int,
        *,
        depth: int = 4,
        prior_probability: float = 0.01,
        has_norms: bool = True,
    ) -> None:
        super().__init__()
        self.num_classes = num_classes
        self.class_tower = tower(channels, depth, has_norms=has_norms, bias=True)
        self.box_tower = tower(channels, depth, has_norms=has_norms, bias=True)
        self.class_predictor = convolution(channels, num_classes)
        self.box_predictor = convolution(channels, BOX_CODES)
        self.centreness_predictor = convolution(channels, 1)
        assert self.class_predictor.bias is not None
        nn.init.constant_(self.class_predictor.bias, -math.log((1 - prior_probability) / prior_probability))

    def forward(self, features: tuple[Float[Tensor, "batch _channels _height _width"], ...]) -> Predictions:
        """Computes class logits, distances in strides and centreness logits of every level."""
        near = [self.box_tower(level) for level in features]
        return Predictions(
            tuple(self.class_predictor(self.class_tower(level)).unsqueeze(1) for level in features),
            tuple(self.box_predictor(level).relu().unsqueeze(1) for level in near),
            {"centreness": tuple(self.centreness_predictor(level).unsqueeze(1) for level in near)},
        )

    def class_layers(self) -> dict[str, ClassRows]:
        """Says which rows of which layers belong to the classes: all of one layer."""
        return {"class_predictor": ClassRows(1)}
