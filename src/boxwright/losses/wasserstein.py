"""NWD: boxes as normal distributions, whose distance tells something even where tiny boxes do not overlap."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from boxwright.errors import ConfigError
from boxwright.geometry.boxes import xyxy_to_cxcywh
from boxwright.geometry.precision import constant, widen


@dataclass(frozen=True, slots=True)
class WassersteinLoss:
    """Costs 1 − exp(−W / C), with W the Wasserstein distance of the normal distributions of both boxes.

    W² = (cx − cx′)² + (cy − cy′)² + (w − w′)² / 4 + (h − h′)² / 4, in canvas pixels. At a perfect match, where W has a
    corner, its gradient is taken as 0.

    Source: A Normalized Gaussian Wasserstein Distance for Tiny Object Detection, Wang et al. 2021, eq. 8 to 10.

    Args:
        constant: C in pixels, above 0: about the side of the objects. The paper has 12.8, of its data set.

    Raises:
        ConfigError: It is not above 0.
    """

    constant: float = 12.8

    def __post_init__(self) -> None:
        """Checks the constant."""
        if not 0 < self.constant < float("inf"):
            raise ConfigError(f"constant must be finite and above 0, in pixels; found {self.constant}.")

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
            canvas_size: Not needed.
        """
        del canvas_size
        boxes, targets = widen(boxes), widen(target_boxes.detach())
        halves = constant((1.0, 1.0, 0.5, 0.5), boxes.dtype, boxes.device)
        difference = (xyxy_to_cxcywh(boxes) - xyxy_to_cxcywh(targets.to(boxes.dtype))) * halves
        distance: Tensor = torch.linalg.vector_norm(difference, dim=1)
        return -torch.expm1(-distance / self.constant)
