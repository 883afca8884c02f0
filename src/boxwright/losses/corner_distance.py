"""MPDIoU: overlap and the distances of the upper left and of the lower right corners."""

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from boxwright.geometry.overlaps import aligned_iou
from boxwright.geometry.precision import widen


@dataclass(frozen=True, slots=True)
class CornerDistanceLoss:
    """Costs 1 − IoU + (d₁² + d₂²) / (w² + h²) of the corners' distances d and the canvas' sides.

    Source: MPDIoU, Ma and Xu 2023, eq. 5 and 6.
    """

    def of_pixels(
        self,
        boxes: Float[Tensor, "pairs 4"],
        target_boxes: Float[Tensor, "pairs 4"],
        canvas_size: tuple[int, int],
    ) -> Float[Tensor, "pairs"]:
        """Gives the loss of each pair, 0 for a perfect match.

        Args:
            boxes: Predicted, xyxy in canvas pixels.
            target_boxes: xyxy in canvas pixels; not differentiated.
            canvas_size: Height and width in pixels.
        """
        boxes, targets = widen(boxes), widen(target_boxes.detach())
        diagonal = canvas_size[0] ** 2 + canvas_size[1] ** 2
        return 1 - aligned_iou(boxes, targets) + (boxes - targets).square().sum(dim=1) / diagonal
