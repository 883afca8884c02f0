import math

import pytest
import torch
from torch import Tensor

from boxwright.geometry.overlaps import SMALLEST_SIDE
from boxwright.kernels.complete_iou import sparse_complete_iou as complete_iou

both_heights = pytest.mark.parametrize("exact_heights", [False, True])


def step_by_step(boxes: Tensor, others: Tensor, epsilon: float, *, exact_heights: bool) -> Tensor:
    """Zheng et al. 2020, eq. 10, with the graph that autograd makes of it."""
    low, high, other_low, other_high = boxes[:, :2], boxes[:, 2:], others[:, :2], others[:, 2:]
    taller = boxes.new_tensor((0.0, 0.0 if exact_heights else epsilon))
    size, other_size = high - low + taller, other_high - other_low + taller
    common = (torch.minimum(high, other_high) - torch.maximum(low, other_low)).clamp(min=0).prod(dim=1)
    iou = common / (size.prod(dim=1) + other_size.prod(dim=1) - common + epsilon)
    enclosing = torch.maximum(high, other_high) - torch.minimum(low, other_low)
    distance = (other_low + other_high - low - high).square().sum(dim=1) / 4
    angle, other_angle = (
        torch.atan2(*sides.clamp(min=SMALLEST_SIDE).unbind(1))
        if exact_heights
        else torch.atan(sides[:, 0] / sides[:, 1])
        for sides in (size, other_size)
    )
    aspect = 4 / math.pi**2 * (other_angle - angle).square()
    weight = (aspect / (1 - iou + aspect + epsilon)).detach()
    return iou - distance / (enclosing.square().sum(dim=1) + epsilon) - aspect * weight


def some_boxes(seed: int, count: int = 200) -> Tensor:
    """Apart, overlapping, one in the other; whole corners, so that many sides are equal."""
    corners = torch.randint(0, 9, (count, 2, 2), generator=torch.Generator().manual_seed(seed)).double()
    low, high = corners.amin(dim=1), corners.amax(dim=1)
    return torch.cat((low, high + 1), dim=1)


@both_heights
def test_value_and_both_gradients_are_those_of_the_formula(exact_heights: bool) -> None:
    boxes, others = some_boxes(0).requires_grad_(), some_boxes(1).requires_grad_()
    touching = (torch.minimum(boxes, others)[:, 2:] == torch.maximum(boxes, others)[:, :2]).any(dim=1)
    found = complete_iou(boxes, others, 1e-7, exact_heights=exact_heights)
    wanted = step_by_step(boxes, others, 1e-7, exact_heights=exact_heights)
    torch.testing.assert_close(found, wanted, rtol=1e-12, atol=1e-14)
    weight = torch.rand(len(boxes), dtype=torch.float64).masked_fill(touching, 0)  # there the slope has two values
    ours = torch.autograd.grad((found * weight).sum(), (boxes, others))
    theirs = torch.autograd.grad((wanted * weight).sum(), (boxes, others))
    torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-12)


@both_heights
def test_a_perfect_match_is_1_and_pulls_nowhere(exact_heights: bool) -> None:
    boxes = some_boxes(2).requires_grad_()
    values = complete_iou(boxes, boxes.detach(), 1e-7, exact_heights=exact_heights)
    torch.testing.assert_close(values, torch.ones_like(values), rtol=0, atol=1e-6)
    values.sum().backward()
    assert boxes.grad is not None
    torch.testing.assert_close(boxes.grad, torch.zeros_like(boxes), rtol=0, atol=1e-6)


def test_worked_by_hand() -> None:
    """IoU 8 / 24, centres 2 apart, enclosing 4 × 6 (squared diagonal 52); the same shape."""
    boxes, others = torch.tensor([[0.0, 0.0, 4.0, 4.0]]), torch.tensor([[0.0, 2.0, 4.0, 6.0]])
    found = complete_iou(boxes, others, 0.0, exact_heights=True)
    assert found.item() == pytest.approx(8 / 24 - 4 / 52)
