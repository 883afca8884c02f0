"""Backbone, neck and head as one network."""

from dataclasses import replace

from jaxtyping import Float
from torch import Tensor, nn

from boxwright.errors import ShapeError
from boxwright.geometry.letterbox import pad_to_multiple
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
        mask_head: Features to `MaskPredictions`, for a system that segments.
    """

    def __init__(
        self,
        backbone: nn.Module,
        neck: nn.Module,
        head: nn.Module,
        *,
        max_stride: int = 32,
        mask_head: nn.Module | None = None,
    ) -> None:
        super().__init__()
        self.backbone = backbone
        self.neck = neck
        self.head = head
        self.max_stride = max_stride
        self.mask_head = mask_head

    def forward(self, images: Float[Tensor, "batch 3 height width"]) -> Predictions:
        """Computes raw predictions.

        Args:
            images: Normalised as the system says.

        Raises:
            ShapeError: A side of the canvas is not a multiple of the largest stride.
        """
        _check_canvas(images, self.max_stride)
        features = self.neck(self.backbone(images))
        predictions: Predictions = self.head(features)
        return predictions if self.mask_head is None else replace(predictions, masks=self.mask_head(features))


def _check_canvas(images: Tensor, max_stride: int) -> None:
    size = (images.shape[-2], images.shape[-1])
    if size[0] % max_stride or size[1] % max_stride or not min(size):
        cure = pad_to_multiple((max(size[0], 1), max(size[1], 1)), max_stride)
        raise ShapeError(
            f"The network needs a canvas with sides that are multiples of {max_stride}; found {size[0]} × "
            f"{size[1]}. Use {cure[0]} × {cure[1]}, for instance by letterboxing the images into it."
        )
