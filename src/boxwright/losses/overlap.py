"""Losses from overlaps: one minus IoU, GIoU, DIoU, CIoU or CIoU with exact heights."""

from collections.abc import Callable
from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from boxwright.errors import unknown_name
from boxwright.geometry.overlaps import aligned_ciou, aligned_diou, aligned_exact_ciou, aligned_giou, aligned_iou

OVERLAPS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "iou": aligned_iou,
    "giou": aligned_giou,
    "diou": aligned_diou,
    "ciou": aligned_ciou,
    "exact_ciou": aligned_exact_ciou,
}


@dataclass(frozen=True, slots=True)
class OverlapLoss:
    """Costs one minus the overlap of each predicted box with its target.

    Args:
        kind: "iou", "giou", "diou", "ciou" or "exact_ciou".

    Raises:
        ConfigError: The kind is unknown.
    """

    kind: str = "ciou"

    def __post_init__(self) -> None:
        """Checks the kind."""
        if self.kind not in OVERLAPS:
            raise unknown_name("overlap", self.kind, OVERLAPS)

    def __call__(
        self, boxes: Float[Tensor, "pairs 4"], target_boxes: Float[Tensor, "pairs 4"]
    ) -> Float[Tensor, "pairs"]:
        """Gives the loss of each pair, 0 for a perfect match.

        Args:
            boxes: Predicted, xyxy.
            target_boxes: xyxy in the same unit.
        """
        return 1 - OVERLAPS[self.kind](boxes, target_boxes)
