"""Inner-IoU: the overlap of boxes that are made smaller or larger about their centres."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from boxwright.errors import ConfigError, unknown_name
from boxwright.geometry.overlaps import aligned_iou
from boxwright.geometry.precision import widen
from boxwright.losses.eiou import EIoULoss
from boxwright.losses.overlap import OverlapLoss
from boxwright.losses.siou import SIoULoss

KINDS = ("iou", "giou", "diou", "ciou", "siou", "eiou")


@dataclass(frozen=True, slots=True)
class InnerIoULoss:
    """Costs another loss, with the overlap of scaled boxes in place of that of the boxes: L + IoU − IoU_inner.

    Both boxes keep their centres. A ratio below 1 gives larger slopes to what overlaps much, one above 1 helps what
    overlaps little.

    Source: Inner-IoU, Zhang et al. 2023, eq. 5 to 11.

    Args:
        ratio: Sides of the scaled boxes per side, above 0; the paper has 0.5 to 1.5.
        kind: Of the other loss: "iou", "giou", "diou", "ciou", "siou" or "eiou".

    Raises:
        ConfigError: The ratio is not above 0, or the kind unknown.
    """

    ratio: float = 0.7
    kind: str = "ciou"

    def __post_init__(self) -> None:
        """Checks the fields."""
        if not 0 < self.ratio < float("inf"):
            raise ConfigError(f"ratio must be finite and above 0; found {self.ratio}.")
        if self.kind not in KINDS:
            raise unknown_name("box loss", self.kind, KINDS)

    def __call__(
        self, boxes: Float[Tensor, "pairs 4"], target_boxes: Float[Tensor, "pairs 4"]
    ) -> Float[Tensor, "pairs"]:
        """Gives the loss of each pair, 0 for a perfect match.

        Args:
            boxes: Predicted, xyxy.
            target_boxes: xyxy in the same unit; not differentiated.
        """
        boxes, targets = widen(boxes), widen(target_boxes.detach())
        inner = aligned_iou(self._scaled(boxes), self._scaled(targets))
        return self._whole(boxes, targets) + aligned_iou(boxes, targets) - inner

    def _whole(self, boxes: Tensor, targets: Tensor) -> Tensor:
        if self.kind == "siou":
            return SIoULoss()(boxes, targets)
        return EIoULoss()(boxes, targets) if self.kind == "eiou" else OverlapLoss(self.kind)(boxes, targets)

    def _scaled(self, boxes: Tensor) -> Tensor:
        low, high = boxes.chunk(2, dim=1)
        middle, half = (low + high) / 2, (high - low) * (self.ratio / 2)
        return torch.cat((middle - half, middle + half), dim=1)
