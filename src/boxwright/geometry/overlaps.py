"""IoU and its relatives: `aligned_*` compare row by row, `pairwise_*` all with all.

The aligned forms follow the YOLO convention: a small constant is added to heights, to the union and to the enclosing
measure, so that zero-size boxes give finite values and gradients. They are computed in float32 or wider.

Source: GIoU, Rezatofighi et al. 2019; DIoU and CIoU, Zheng et al. 2020, eq. 7 and 10.
"""

import math
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from boxwright.geometry.precision import widen

EPSILON = 1e-7
SMALLEST_SIDE = 1e-12  # the aspect ratio of a shorter side is that of this one, where heights are exact
_ASPECT = 4 / math.pi**2


class _Measures(NamedTuple):
    iou: Tensor
    union: Tensor
    widths: tuple[Tensor, Tensor]
    heights: tuple[Tensor, Tensor]
    corners: tuple[tuple[Tensor, ...], tuple[Tensor, ...]]


def aligned_iou(
    boxes: Float[Tensor, "rows 4"], others: Float[Tensor, "rows 4"], *, epsilon: float = EPSILON
) -> Float[Tensor, "rows"]:
    """Gives the intersection over union of xyxy boxes, row by row, 0 to 1.

    Args:
        boxes: xyxy, any unit.
        others: xyxy, same unit.
        epsilon: Added to heights and to the union.
    """
    return _measure(boxes, others, epsilon).iou


def aligned_giou(
    boxes: Float[Tensor, "rows 4"], others: Float[Tensor, "rows 4"], *, epsilon: float = EPSILON
) -> Float[Tensor, "rows"]:
    """Gives the generalised IoU, −1 to 1: IoU minus the share of the enclosing box that neither box covers.

    Of two boxes on one line (no common width or no common height) nothing but epsilon is enclosed, and the value is
    finite but can leave the range, as in published code.

    Args:
        boxes: xyxy, any unit.
        others: xyxy, same unit.
        epsilon: Added to heights, to the union and to the enclosing area.
    """
    measures = _measure(boxes, others, epsilon)
    width, height = _enclosing(measures)
    enclosing = width * height + epsilon
    return measures.iou - (enclosing - measures.union) / enclosing


def aligned_diou(
    boxes: Float[Tensor, "rows 4"], others: Float[Tensor, "rows 4"], *, epsilon: float = EPSILON
) -> Float[Tensor, "rows"]:
    """Gives the distance IoU, −1 to 1: IoU minus the squared centre distance over the squared enclosing diagonal.

    Args:
        boxes: xyxy, any unit.
        others: xyxy, same unit.
        epsilon: Added to heights, to the union and to the squared diagonal.
    """
    measures = _measure(boxes, others, epsilon)
    return measures.iou - _distance_penalty(measures, epsilon)


def aligned_ciou(
    boxes: Float[Tensor, "rows 4"], others: Float[Tensor, "rows 4"], *, epsilon: float = EPSILON
) -> Float[Tensor, "rows"]:
    """Gives the complete IoU: DIoU minus a penalty for different aspect ratios.

    The weight of the aspect penalty is a constant in the gradient. Its denominator is written 1 − IoU + v + ε, so
    a perfect match gives 0, not 0/0, in every precision.

    Args:
        boxes: xyxy, any unit.
        others: xyxy, same unit.
        epsilon: Added to heights, to the union, to the squared diagonal and to the weight's denominator.
    """
    return complete_iou(widen(boxes), widen(others), epsilon, exact_heights=False)


def aligned_exact_ciou(
    boxes: Float[Tensor, "rows 4"], others: Float[Tensor, "rows 4"], *, epsilon: float = EPSILON
) -> Float[Tensor, "rows"]:
    """Gives the complete IoU with exact heights, as published code computes it from boxes in centre-size form.

    It differs from `aligned_ciou` for very small boxes only. Published code divides width by height and so makes
    0/0 of a box without size; here the angle of the diagonal comes from atan2, with sides not shorter than
    `SMALLEST_SIDE`, which gives finite values and gradients for every box.

    Args:
        boxes: xyxy, any unit.
        others: xyxy, same unit.
        epsilon: Added to the union, to the squared diagonal and to the weight's denominator.
    """
    return complete_iou(widen(boxes), widen(others), epsilon, exact_heights=True)


def complete_iou(
    boxes: Float[Tensor, "*#rows 4"], others: Float[Tensor, "*#rows 4"], epsilon: float, *, exact_heights: bool
) -> Float[Tensor, "*rows"]:
    """Gives IoU − distance² / diagonal² − α · v, x and y side by side.

    Args:
        boxes: xyxy, any unit, in float32 or wider.
        others: xyxy, same unit and type.
        epsilon: Added to the union, to the squared diagonal and to the weight's denominator.
        exact_heights: Whether epsilon is not added to heights; angles are then those of sides of `SMALLEST_SIDE` or
            more.
    """
    (low, high), (other_low, other_high) = boxes.split(2, dim=-1), others.split(2, dim=-1)
    size, other_size = high - low, other_high - other_low
    common = torch.minimum(high, other_high) - torch.maximum(low, other_low)  # below 0 where the boxes are apart
    distance = _squared_difference(low + high, other_low + other_high).sum(dim=-1)  # 4 times that of the centres
    diagonal = _squared_difference(size + other_size, common).sum(dim=-1) + epsilon  # of the enclosing box
    (width, height), (other_width, other_height) = size.unbind(-1), other_size.unbind(-1)
    if exact_heights:
        angle, other_angle = (torch.atan2(*side.clamp(min=SMALLEST_SIDE).unbind(-1)) for side in (size, other_size))
    else:
        height, other_height = height + epsilon, other_height + epsilon
        angle, other_angle = torch.atan(width / height), torch.atan(other_width / other_height)
    across, down = common.relu().unbind(-1)
    intersection = across * down
    iou = intersection / (torch.addcmul(width * height, other_width, other_height) - intersection + epsilon)
    distant = torch.addcdiv(iou, distance, diagonal, value=-0.25)
    aspect = _squared_difference(angle, other_angle) * _ASPECT
    with torch.no_grad():
        weight = aspect / (1 - iou + aspect + epsilon)
    return torch.addcmul(distant, aspect, weight, value=-1)


def pairwise_iou(boxes: Float[Tensor, "rows 4"], others: Float[Tensor, "columns 4"]) -> Float[Tensor, "rows columns"]:
    """Gives the plain IoU of every box with every other, 0 to 1, in float32 or wider; 0 where both are without area.

    Args:
        boxes: xyxy, any unit.
        others: xyxy, same unit.
    """
    boxes, others = widen(boxes), widen(others)
    top_left = torch.maximum(boxes[:, None, :2], others[None, :, :2])
    bottom_right = torch.minimum(boxes[:, None, 2:], others[None, :, 2:])
    sides = (bottom_right - top_left).clamp(min=0)
    intersection = sides[..., 0] * sides[..., 1]
    area, other_area = ((rows[:, 2:] - rows[:, :2]).clamp(min=0).prod(dim=1) for rows in (boxes, others))
    union = area[:, None] + other_area[None, :] - intersection
    return intersection / union.clamp(min=torch.finfo(union.dtype).tiny)


def _squared_difference(values: Tensor, others: Tensor) -> Tensor:
    """Gives (a − b)², by one operator there and one back."""
    squared: Tensor = torch.ops.aten.mse_loss(values, others, 0)
    return squared


def _measure(boxes: Tensor, others: Tensor, epsilon: float) -> _Measures:
    boxes, others = widen(boxes), widen(others)
    left, top, right, bottom = boxes.unbind(-1)
    other_left, other_top, other_right, other_bottom = others.unbind(-1)
    width, height = right - left, bottom - top + epsilon
    other_width, other_height = other_right - other_left, other_bottom - other_top + epsilon
    intersection = (torch.minimum(right, other_right) - torch.maximum(left, other_left)).clamp(min=0) * (
        torch.minimum(bottom, other_bottom) - torch.maximum(top, other_top)
    ).clamp(min=0)
    union = width * height + other_width * other_height - intersection + epsilon
    corners = ((left, top, right, bottom), (other_left, other_top, other_right, other_bottom))
    return _Measures(intersection / union, union, (width, other_width), (height, other_height), corners)


def _enclosing(measures: _Measures) -> tuple[Tensor, Tensor]:
    (left, top, right, bottom), (other_left, other_top, other_right, other_bottom) = measures.corners
    width = torch.maximum(right, other_right) - torch.minimum(left, other_left)
    height = torch.maximum(bottom, other_bottom) - torch.minimum(top, other_top)
    return width, height


def _distance_penalty(measures: _Measures, epsilon: float) -> Tensor:
    width, height = _enclosing(measures)
    (left, top, right, bottom), (other_left, other_top, other_right, other_bottom) = measures.corners
    across = other_left + other_right - left - right
    down = other_top + other_bottom - top - bottom
    return (across.square() + down.square()) / 4 / (width.square() + height.square() + epsilon)
