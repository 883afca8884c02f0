"""Backbone, neck and head as one network."""

from dataclasses import replace

from jaxtyping import Float
from torch import Tensor, nn

from boxwright.errors import ShapeError
from boxwright.geometry.letterbox import next_canvas
from boxwright.structures import Predictions


class Detector(nn.Module):
    """Computes predictions from normalised images.

    It knows nothing of priors, targets or scores: what its numbers mean is said by the system that it belongs
    to.

    Args:
        backbone: Images to features of several levels, finest first.
        neck: Features to features.
        head: Features to `Predictions`.
        max_stride: Sides of the canvas must be multiples of this.
        has_one_canvas: Whether both must be this, as its levels are made for one canvas.
        mask_head: Features to `MaskPredictions`, for a system that segments.
    """

    def __init__(
        self,
        backbone: nn.Module,
        neck: nn.Module,
        head: nn.Module,
        *,
        max_stride: int = 32,
        has_one_canvas: bool = False,
        mask_head: nn.Module | None = None,
    ) -> None:
        super().__init__()
        self.backbone = backbone
        self.neck = neck
        self.head = head
        self.max_stride = max_stride
        self.has_one_canvas = has_one_canvas
        self.mask_head = mask_head

    def forward(self, images: Float[Tensor, "batch 3 height width"]) -> Predictions:
        """Computes raw predictions.

        Args:
            images: Normalised as the system says.

        Raises:
            ShapeError: The canvas is not one of this network.
        """
        self._check_canvas((images.shape[-2], images.shape[-1]))
        features = self.neck(self.backbone(images))
        predictions: Predictions = self.head(features)
        return predictions if self.mask_head is None else replace(predictions, masks=self.mask_head(features))

    def _check_canvas(self, size: tuple[int, int]) -> None:
        cure = next_canvas(size, self.max_stride, is_only=self.has_one_canvas)
        if size != cure:
            needs = "of one size" if self.has_one_canvas else f"with sides that are multiples of {self.max_stride}"
            raise ShapeError(
                f"The network needs a canvas {needs}; found {size[0]} × {size[1]}. Use {cure[0]} × {cure[1]}, for "
                "instance by letterboxing the images into it."
            )
