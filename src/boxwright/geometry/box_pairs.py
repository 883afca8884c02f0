"""What losses of boxes compare: sizes, distance of the centres and the enclosing box, row by row."""

from typing import NamedTuple

from jaxtyping import Float
from torch import Tensor

from boxwright.geometry.overlaps import EPSILON, aligned_iou
from boxwright.geometry.precision import widen


class BoxPairs(NamedTuple):
    """Measures of boxes and others, row by row; two columns are along x and along y."""

    iou: Float[Tensor, "rows"]
    size: Float[Tensor, "rows 2"]
    other_size: Float[Tensor, "rows 2"]
    offset: Float[Tensor, "rows 2"]
    """From the centre of the box to that of the other."""
    enclosing: Float[Tensor, "rows 2"]
    """Sides of the smallest box that holds both."""

    @property
    def distance(self) -> Float[Tensor, "rows"]:
        """The squared distance of the centres, over the squared diagonal of the enclosing box."""
        return self.offset.square().sum(dim=1) / (self.enclosing.square().sum(dim=1) + EPSILON)


def box_pairs(boxes: Float[Tensor, "rows 4"], others: Float[Tensor, "rows 4"]) -> BoxPairs:
    """Measures boxes and others, in float32 or wider.

    Args:
        boxes: xyxy, any unit.
        others: xyxy, same unit.
    """
    boxes, others = widen(boxes), widen(others)
    (low, high), (other_low, other_high) = boxes.chunk(2, dim=1), others.chunk(2, dim=1)
    return BoxPairs(
        aligned_iou(boxes, others),
        high - low,
        other_high - other_low,
        (other_low + other_high - low - high) / 2,
        high.maximum(other_high) - low.minimum(other_low),
    )
