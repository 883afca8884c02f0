"""Complete IoU row by row, with its gradient written out.

With both boxes side by side, x and y as one axis, and no graph in between, it takes a third of the operations that
differentiating the formula step by step would.
"""

import math
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from boxwright.geometry.overlaps import EPSILON, SMALLEST_SIDE, complete_iou
from boxwright.geometry.precision import widen
from boxwright.kernels.choice import takes_reference
from boxwright.kernels.hand_written import differentiable_once

_ASPECT = 4 / math.pi**2


def ciou_of_pairs(boxes: Float[Tensor, "rows 4"], others: Float[Tensor, "rows 4"]) -> Float[Tensor, "rows"]:
    """Gives what `aligned_ciou` gives.

    Args:
        boxes: xyxy, any unit.
        others: xyxy, same unit.
    """
    return _of_pairs(widen(boxes), widen(others), exact_heights=False)


def exact_ciou_of_pairs(boxes: Float[Tensor, "rows 4"], others: Float[Tensor, "rows 4"]) -> Float[Tensor, "rows"]:
    """Gives what `aligned_exact_ciou` gives.

    Args:
        boxes: xyxy, any unit.
        others: xyxy, same unit.
    """
    return _of_pairs(widen(boxes), widen(others), exact_heights=True)


def _of_pairs(boxes: Tensor, others: Tensor, *, exact_heights: bool) -> Tensor:
    if takes_reference(boxes.device, boxes.numel()):
        return complete_iou(boxes, others, EPSILON, exact_heights=exact_heights)
    return sparse_complete_iou(boxes, others, EPSILON, exact_heights=exact_heights)


def sparse_complete_iou(
    boxes: Float[Tensor, "rows 4"], others: Float[Tensor, "rows 4"], epsilon: float, *, exact_heights: bool
) -> Float[Tensor, "rows"]:
    """Gives IoU minus the penalties for distance and for different aspect ratios; differentiable once.

    Law: what `boxwright.geometry.overlaps.complete_iou` gives, and its gradient. Where sides of both boxes are equal, a
    gradient is shared in halves.

    Args:
        boxes: xyxy, any unit, in float32 or wider.
        others: xyxy, same unit and type.
        epsilon: Added to the union, to the squared diagonal and to the weight's denominator.
        exact_heights: Whether epsilon is not added to heights; angles are then those of sides of `SMALLEST_SIDE` or
            more.
    """
    if torch.is_grad_enabled():
        return _CompleteIou.apply(boxes, others, epsilon, exact_heights)  # type: ignore[no-any-return]
    return _measure(boxes, others, epsilon, exact_heights)[0]


class _CompleteIou(torch.autograd.Function):
    """Works on `2 2 rows`: the box and the other, x and y."""

    @staticmethod
    def forward(ctx: Any, boxes: Tensor, others: Tensor, epsilon: float, exact_heights: bool) -> Tensor:
        result, measures = _measure(boxes, others, epsilon, exact_heights)
        ctx.exact_heights = exact_heights
        ctx.save_for_backward(*measures)
        return result

    @staticmethod
    @differentiable_once
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        low, high, size, sides, common, enclosing, offset, union, iou, diagonal, distance, angle = ctx.saved_tensors
        of_union = gradients[0] / union
        of_area = -of_union * iou
        of_common = common.flip(0).mul_(of_union - of_area).masked_fill_(common <= 0, 0)
        of_offset = offset * (gradients[0] / diagonal).div_(-2)
        of_enclosing = enclosing * (gradients[0] * distance / diagonal).mul_(2)
        # the angle of the other grows with its width, that of the box counts negatively
        turn = sides.flip(1).div_(sides.square().sum(dim=1, keepdim=True)).mul_(angle * gradients[0])
        turn.mul_(turn.new_tensor((((2 * _ASPECT,), (-2 * _ASPECT,)), ((-2 * _ASPECT,), (2 * _ASPECT,)))))
        if ctx.exact_heights:
            turn.masked_fill_(size <= SMALLEST_SIDE, 0)
        of_size = size.flip(1).mul_(of_area).add_(turn)
        both, apart = (of_enclosing + of_common).div_(2), (of_enclosing - of_common).div_(2)
        shift = torch.stack((-of_offset, of_offset))
        of_high = (high - high.flip(0)).sign_().mul_(apart).add_(both).add_(of_size).add_(shift)
        of_low = (low - low.flip(0)).sign_().mul_(apart).sub_(both).sub_(of_size).add_(shift)
        of_boxes, of_others = torch.cat((of_low, of_high), dim=1).transpose(1, 2).unbind(0)
        return of_boxes, of_others, None, None


def _measure(boxes: Tensor, others: Tensor, epsilon: float, exact_heights: bool) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Gives the complete IoU, and what its gradient needs."""
    both = (boxes.t(), others.t())
    low, high = torch.stack([corners[:2] for corners in both]), torch.stack([corners[2:] for corners in both])
    size = high - low
    if exact_heights:
        sides = size.clamp(min=SMALLEST_SIDE)
        angles = torch.atan2(sides[:, 0], sides[:, 1])
    else:
        sides = size
        size[:, 1].add_(epsilon)
        angles = (size[:, 0] / size[:, 1]).atan_()
    common = high.amin(dim=0).sub_(low.amax(dim=0)).clamp_(min=0)
    enclosing = high.amax(dim=0).sub_(low.amin(dim=0))
    intersection = common.prod(dim=0)
    union = size.prod(dim=1).sum(dim=0).sub_(intersection).add_(epsilon)
    iou = intersection / union
    offset = (low + high).diff(dim=0).squeeze(0)
    diagonal = enclosing.square().sum(dim=0).add_(epsilon)
    distance = offset.square().sum(dim=0).div_(4).div_(diagonal)
    angle = angles[1] - angles[0]
    aspect = angle.square().mul_(_ASPECT)
    weight = aspect / (1 - iou).add_(aspect).add_(epsilon)
    measures = (common, enclosing, offset, union, iou, diagonal, distance, angle.mul_(weight))
    return iou - distance.add(aspect.mul_(weight)), (low, high, size, sides, *measures)
