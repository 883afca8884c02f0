"""Two decoupled heads on the same features: one learns from many points of an object, the other from one."""

from jaxtyping import Float
from torch import Tensor

from boxwright.models.class_rows import ClassRows
from boxwright.models.heads.decoupled import DecoupledHead
from boxwright.structures import Predictions
from boxwright.structures.dual_predictions import with_many


class DualHead(DecoupledHead):
    """Predicts by a head of its own for one point per object; in training also by one for many points.

    Both are a `DecoupledHead`. The features reach the head for one point without a gradient, so that only that for many
    trains what is below. In evaluation, where nothing is learned, there is no head for many.

    Weights of the head for many have the names that they have in a `DecoupledHead`, so that a model with that alone can
    be taken up.

    Source: YOLOv10, Wang et al. 2024, sec. 3.1 (dual label assignments; the gradient is stopped as in its code).

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
        super().__init__(channels, strides, num_classes, reg_max=reg_max, box_bias=box_bias)
        self.one_to_one = DecoupledHead(channels, strides, num_classes, reg_max=reg_max, box_bias=box_bias)

    def forward(self, features: tuple[Float[Tensor, "batch _channels _height _width"], ...]) -> Predictions:
        """Computes the predictions of the head for one point; in training with those of the head for many."""
        if not self.training:
            found: Predictions = self.one_to_one(features)
            return found
        found = self.one_to_one(tuple(level.detach() for level in features))
        return with_many(found, super().forward(features))

    def class_layers(self) -> dict[str, ClassRows]:
        """Says which rows of which layers belong to the classes, of both heads."""
        own = super().class_layers()
        return {**own, **{f"one_to_one.{name}": rows for name, rows in self.one_to_one.class_layers().items()}}
