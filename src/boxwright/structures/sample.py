"""One image with its targets, before batching."""

from dataclasses import dataclass

from jaxtyping import Bool, Float, Int64, UInt8
from torch import Tensor

from boxwright.errors import ShapeError, counted
from boxwright.structures.image_origin import ImageOrigin
from boxwright.structures.instance_masks import InstanceMasks


@dataclass(frozen=True, slots=True)
class Sample:
    """One image and what is known about it.

    The image is usually a view of a height × width × channel array (channels last in memory), so that turning it
    into an OpenCV array and back copies nothing.

    Args:
        image: RGB, 0 to 255.
        boxes: xyxy in pixels of this image.
        labels: Class indices from 0.
        ignore: True for regions that are neither object nor background (crowd, difficult).
        origin: Where the pixels came from.
        masks: One per target, at stride 1, or None where the data has none or nobody asked for them.
        annotation: Where each target is annotated: position of its image in the data set, which mosaics mix, and row
            among the objects of that image; or None.

    Raises:
        ShapeError: Boxes, labels, ignore, masks and annotation differ in length, or the masks have another frame.
    """

    image: UInt8[Tensor, "3 height width"]
    boxes: Float[Tensor, "targets 4"]
    labels: Int64[Tensor, "targets"]
    ignore: Bool[Tensor, "targets"]
    origin: ImageOrigin
    masks: InstanceMasks | None = None
    annotation: Int64[Tensor, "targets 2"] | None = None

    def __post_init__(self) -> None:
        """Checks that the columns belong together."""
        rows = {len(self.boxes), len(self.labels), len(self.ignore)}
        if len(rows) > 1:
            raise ShapeError(
                f"{self.origin.name}: boxes, labels and ignore must have one row per target; found "
                f"{len(self.boxes)}, {len(self.labels)} and {len(self.ignore)}. Drop or add rows in all three."
            )
        if self.annotation is not None and len(self.annotation) != len(self.boxes):
            raise ShapeError(
                f"{self.origin.name}: {counted(len(self.boxes), 'target')} with "
                f"{counted(len(self.annotation), 'row')} of annotation. Drop "
                "or add rows there as well."
            )
        if self.masks is None:
            return
        if len(self.masks) != len(self.boxes) or self.masks.size != self.size or self.masks.stride != 1:
            raise ShapeError(
                f"{self.origin.name}: {len(self.boxes)} targets in an image of {self.size} need as many masks of that "
                f"size at stride 1; found {len(self.masks)} of {self.masks.size} at stride {self.masks.stride}. "
                "Change masks together with the image."
            )

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the image in pixels."""
        return self.image.shape[1], self.image.shape[2]
