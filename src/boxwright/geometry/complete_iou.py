"""Complete IoU row by row, with its gradient written out.

With both boxes side by side, x and y as one axis, and no graph in between, it takes a third of the operations that
differentiating the formula step by step would.
"""

import math
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

SMALLEST_SIDE = 1e-12  # the aspect ratio of a shorter side is that of this one
_ASPECT = 4 / math.pi**2


def complete_iou(
    boxes: Float[Tensor, "rows 4"], others: Float[Tensor, "rows 4"], epsilon: float, *, exact_heights: bool
) -> Float[Tensor, "rows"]:
    """Gives IoU minus the penalties for distance and for different aspect ratios; differentiable once.

    The weight of the aspect penalty is a constant in the gradient. Where sides of both boxes are equal, a gradient
    is shared in halves.

    Source: Distance-IoU, Zheng et al. 2020, eq. 10.

    Args:
        boxes: xyxy, any unit, in float32 or wider.
        others: xyxy, same unit and type.
        epsilon: Added to the union, to the squared diagonal and to the weight's denominator.
        exact_heights: Whether epsilon is not added to heights; angles are then those of sides of `SMALLEST_SIDE` or
            more.
    """
    return _CompleteIou.apply(boxes, others, epsilon, exact_heights)  # type: ignore[no-any-return]


class _CompleteIou(torch.autograd.Function):
    """Works on `2 2 rows`: the box and the other, x and y."""

    @staticmethod
    def forward(ctx: Any, boxes: Tensor, others: Tensor, epsilon: float, exact_heights: bool) -> Tensor:
        low, high = (torch.stack((boxes[:, at].t(), others[:, at].t())) for at in (slice(2), slice(2, 4)))
        size = high - low
        if exact_heights:
            sides = size.clamp(min=SMALLEST_SIDE)
            angles = torch.atan2(sides[:, 0], sides[:, 1])
        else:
            sides = size
            size[:, 1].add_(epsilon)
            angles = (size[:, 0] / size[:, 1]).atan_()
        (least_low, most_low), (least_high, most_high) = low.aminmax(dim=0), high.aminmax(dim=0)
        common, enclosing = (least_high - most_low).clamp_(min=0), most_high - least_low
        intersection, areas = common[0] * common[1], size[:, 0] * size[:, 1]
        union = (areas[0] + areas[1]).sub_(intersection).add_(epsilon)
        iou = intersection / union
        offset = low[1] + high[1] - low[0] - high[0]
        diagonal = _squared_length(enclosing).add_(epsilon)
        distance = _squared_length(offset).div_(4).div_(diagonal)
        angle = angles[1] - angles[0]
        aspect = angle.square().mul_(_ASPECT)
        weight = aspect / (1 - iou).add_(aspect).add_(epsilon)
        measures = (common, enclosing, offset, union, iou, diagonal, distance, angle.mul_(weight))
        ctx.exact_heights = exact_heights
        ctx.save_for_backward(low, high, size, sides, *measures)
        result: Tensor = iou - distance.add(aspect.mul_(weight))
        return result

    @staticmethod
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


def _squared_length(vectors: Float[Tensor, "2 rows"]) -> Float[Tensor, "rows"]:
    return vectors[0].square().add_(vectors[1].square())
