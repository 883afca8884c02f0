"""Changes between box formats, clipping and areas."""

import torch
from jaxtyping import Float
from torch import Tensor

from boxwright.geometry.precision import constant, widen


def xyxy_to_cxcywh(boxes: Float[Tensor, "*rows 4"]) -> Float[Tensor, "*rows 4"]:
    """Turns corners into centre and size, in the same unit."""
    top_left, bottom_right = boxes.split(2, dim=-1)
    return torch.cat(((top_left + bottom_right) / 2, bottom_right - top_left), dim=-1)


def cxcywh_to_xyxy(boxes: Float[Tensor, "*rows 4"]) -> Float[Tensor, "*rows 4"]:
    """Turns centre and size into corners, in the same unit."""
    centre, size = boxes.split(2, dim=-1)
    half = size / 2
    return torch.cat((centre - half, centre + half), dim=-1)


def outward(sides: Float[Tensor, "*rows 4"]) -> Float[Tensor, "*rows 4"]:
    """Turns the signs of left and top, so that all four numbers grow away from the inside of a box.

    Args:
        sides: Left, top, right, bottom.
    """
    return sides * constant((-1.0, -1.0, 1.0, 1.0), sides.dtype, sides.device)


def clip_boxes(boxes: Float[Tensor, "*rows 4"], size: tuple[int, int]) -> Float[Tensor, "*rows 4"]:
    """Moves corners that lie outside an image onto its edge.

    Args:
        boxes: xyxy in pixels.
        size: Height and width of the image in pixels.
    """
    limit = boxes.new_tensor((size[1], size[0]) * 2)
    return torch.minimum(boxes.clamp(min=0), limit)


def box_area(boxes: Float[Tensor, "*rows 4"]) -> Float[Tensor, "*rows"]:
    """Gives width times height of xyxy boxes, in float32 or wider; negative sides count as zero."""
    boxes = widen(boxes)
    sides = (boxes[..., 2:] - boxes[..., :2]).clamp(min=0)
    return sides[..., 0] * sides[..., 1]
