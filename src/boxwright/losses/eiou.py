"""EIoU: overlap, distance of the centres, and differences of width and height, each for itself."""

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from boxwright.geometry.box_pairs import box_pairs
from boxwright.geometry.overlaps import EPSILON


@dataclass(frozen=True, slots=True)
class EIoULoss:
    """Costs 1 − IoU + distance² / diagonal² + (difference of widths / W)² + (difference of heights / H)².

    W, H and the diagonal are of the enclosing box.

    Source: Focal and Efficient IoU Loss, Zhang et al. 2021, eq. 8 (without the focal weights).
    """

    def __call__(
        self, boxes: Float[Tensor, "pairs 4"], target_boxes: Float[Tensor, "pairs 4"]
    ) -> Float[Tensor, "pairs"]:
        """Gives the loss of each pair, 0 for a perfect match.

        Args:
            boxes: Predicted, xyxy.
            target_boxes: xyxy in the same unit; not differentiated.
        """
        pairs = box_pairs(boxes, target_boxes.detach())
        sides = (pairs.size - pairs.other_size).square() / (pairs.enclosing.square() + EPSILON)
        return 1 - pairs.iou + pairs.distance + sides.sum(dim=1)
