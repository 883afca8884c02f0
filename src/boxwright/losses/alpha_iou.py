"""α-IoU: powers of the overlap and of what is subtracted from it."""

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from boxwright.errors import ConfigError, unknown_name
from boxwright.geometry.box_pairs import box_pairs
from boxwright.geometry.overlaps import aligned_ciou, aligned_giou

KINDS = ("iou", "giou", "diou", "ciou")


@dataclass(frozen=True, slots=True)
class AlphaIoULoss:
    """Costs 1 − IoU^α + penalty^α, with the penalty of GIoU, DIoU or CIoU.

    Above 1, α weighs down what overlaps little and up what is nearly right. CIoU has two penalties, of the distance
    and of the aspect ratio, each with its power.

    Source: Alpha-IoU, He et al. 2021, eq. 3 and 4.

    Args:
        alpha: Exponent, at least 1.
        kind: "iou", "giou", "diou" or "ciou".

    Raises:
        ConfigError: The exponent is below 1, or the kind unknown.
    """

    alpha: float = 3.0
    kind: str = "ciou"

    def __post_init__(self) -> None:
        """Checks the fields."""
        if not 1 <= self.alpha < float("inf"):
            raise ConfigError(f"alpha must be a finite exponent of at least 1; found {self.alpha}.")
        if self.kind not in KINDS:
            raise unknown_name("overlap", self.kind, KINDS)

    def __call__(
        self, boxes: Float[Tensor, "pairs 4"], target_boxes: Float[Tensor, "pairs 4"]
    ) -> Float[Tensor, "pairs"]:
        """Gives the loss of each pair, 0 for a perfect match.

        Args:
            boxes: Predicted, xyxy.
            target_boxes: xyxy in the same unit; not differentiated.
        """
        targets = target_boxes.detach()
        pairs = box_pairs(boxes, targets)
        loss = 1 - pairs.iou**self.alpha
        if self.kind == "giou":
            return loss + self._power(pairs.iou - aligned_giou(boxes, targets))
        if self.kind != "iou":
            loss = loss + self._power(pairs.distance)
        if self.kind == "ciou":
            loss = loss + self._power(pairs.iou - pairs.distance - aligned_ciou(boxes, targets))
        return loss

    def _power(self, penalty: Tensor) -> Tensor:
        """Raises a penalty, which rounding may have made a little less than 0."""
        return penalty.clamp(min=0) ** self.alpha
