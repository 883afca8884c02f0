"""One image and one system of an inspection."""

from dataclasses import dataclass

from jaxtyping import Bool, Float, Int64
from torch import Tensor

from boxwright.errors import ShapeError, counted
from boxwright.geometry.letterbox import Letterbox
from boxwright.inspection.explanation import Explanation
from boxwright.structures import Priors


@dataclass(frozen=True, slots=True)
class InspectedSystem:
    """A system as one column of an inspection.

    Args:
        name: As shown; no two of an inspection are the same.
        priors: Of its canvas, on the CPU.
    """

    name: str
    priors: Priors


@dataclass(frozen=True, slots=True)
class InspectedImage:
    """An image with its targets, and what every system made of them.

    Args:
        name: As shown.
        size: Height and width in pixels.
        boxes: xyxy in pixels of this image.
        labels: Class indices.
        ignore: Which targets are ignored regions.
        picture: The image as a JPEG file; it may be smaller than `size`.
        thumbnail: A small picture as a JPEG file.
        letterboxes: How the image lies in the canvas, one per system.
        explanations: One per system, of a batch of this image alone, on the CPU.

    Raises:
        ShapeError: The columns of the targets differ in length, or letterboxes and explanations in number.
    """

    name: str
    size: tuple[int, int]
    boxes: Float[Tensor, "targets 4"]
    labels: Int64[Tensor, "targets"]
    ignore: Bool[Tensor, "targets"]
    picture: bytes
    thumbnail: bytes
    letterboxes: tuple[Letterbox, ...]
    explanations: tuple[Explanation, ...]

    def __post_init__(self) -> None:
        """Checks that the columns belong together."""
        lengths = [len(self.boxes), len(self.labels), len(self.ignore)]
        if len(set(lengths)) > 1 or len(self.letterboxes) != len(self.explanations):
            raise ShapeError(
                f"{self.name}: boxes, labels and ignore have {lengths} rows, and there is a letterbox "
                f"for {len(self.letterboxes)} of {counted(len(self.explanations), 'explanation')}. Give every target "
                "a row in each, and every "
                "system both."
            )
