"""What is known about one image, in its own pixels; what predictions are measured against."""

from dataclasses import dataclass

from jaxtyping import Bool, Float, Int64
from torch import Tensor

from boxwright.structures.image_origin import ImageOrigin
from boxwright.structures.instance_masks import InstanceMasks


@dataclass(frozen=True, slots=True)
class GroundTruth:
    """The annotated objects of one image, read without decoding it.

    Args:
        boxes: xyxy in pixels of the original image.
        labels: Class indices from 0.
        ignore: True for crowds and other regions that evaluation must neither reward nor punish.
        area: Pixels; the annotated area where there is one (it decides small, medium, large), else that of the box.
        origin: Which image.
        masks: One per target, in pixels of the original image, or None.
    """

    boxes: Float[Tensor, "targets 4"]
    labels: Int64[Tensor, "targets"]
    ignore: Bool[Tensor, "targets"]
    area: Float[Tensor, "targets"]
    origin: ImageOrigin
    masks: InstanceMasks | None = None

    def __len__(self) -> int:
        """Number of annotated objects."""
        return len(self.labels)
