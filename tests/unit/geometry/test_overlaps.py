import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from boxwright.geometry.overlaps import (
    SMALLEST_SIDE,
    aligned_ciou,
    aligned_diou,
    aligned_exact_ciou,
    aligned_giou,
    aligned_iou,
    complete_iou,
    pairwise_iou,
)

CIOUS = [aligned_ciou, aligned_exact_ciou]
MEASURES: list[Callable[[Tensor, Tensor], Tensor]] = [aligned_iou, aligned_giou, aligned_diou, *CIOUS]
measures = pytest.mark.parametrize("measure", MEASURES)


def rows(*boxes: list[float], dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.tensor(boxes, dtype=dtype)


def test_worked_by_hand() -> None:
    """(0, 0, 4, 4) and (2, 0, 6, 2): intersection 4, union 20, enclosing 24, centres (2, 2) and (4, 1), diagonal² 52.

    The angles are atan(1) and atan(2).
    """
    one, other = rows([0, 0, 4, 4]), rows([2, 0, 6, 2])
    assert aligned_iou(one, other).item() == pytest.approx(0.2)
    assert aligned_giou(one, other).item() == pytest.approx(0.2 - 4 / 24)
    assert aligned_diou(one, other).item() == pytest.approx(0.2 - 5 / 52)
    aspect = 4 / math.pi**2 * (math.atan(2) - math.atan(1)) ** 2
    wanted = 0.2 - 5 / 52 - aspect * aspect / (1 - 0.2 + aspect)
    for measure in CIOUS:
        assert measure(one, other).item() == pytest.approx(wanted, rel=1e-5)


def test_heights_are_exact_in_exact_ciou_only() -> None:
    """A box of 1e-7 × 1e-7 has the aspect ratio 1 of the other one, unless its height is doubled."""
    tiny, other = rows([0, 0, 1e-7, 1e-7], dtype=torch.float64), rows([0, 0, 4, 4], dtype=torch.float64)
    assert aligned_exact_ciou(tiny, other).item() == pytest.approx(aligned_diou(tiny, other).item(), abs=1e-12)
    assert aligned_ciou(tiny, other).item() < aligned_diou(tiny, other).item() - 1e-4


@measures
def test_equal_boxes_give_one(measure: Callable[[Tensor, Tensor], Tensor]) -> None:
    boxes = rows([0, 0, 4, 4], [-3, 5, 200, 6])
    assert measure(boxes, boxes).tolist() == pytest.approx([1, 1], abs=1e-6)


@measures
def test_disjoint_boxes(measure: Callable[[Tensor, Tensor], Tensor]) -> None:
    value = measure(rows([0, 0, 1, 1]), rows([50, 50, 51, 51])).item()
    assert value == 0 if measure is aligned_iou else -1 < value < -0.9


@measures
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16, torch.float16])
def test_boxes_without_extent_and_perfect_matches_give_finite_values_and_gradients(
    measure: Callable[[Tensor, Tensor], Tensor], dtype: torch.dtype
) -> None:
    """In half precision too, where 1 + 1e-7 is 1."""
    boxes = rows([0, 0, 0, 0], [5, 5, 5, 9], [5, 5, 9, 5], [1, 1, 3, 3], [0, 0, 0, 0], [7, 7, 7, 7], dtype=dtype)
    others = rows([0, 0, 0, 0], [5, 5, 5, 9], [5, 5, 9, 5], [1, 1, 3, 3], [4, 4, 8, 9], [9, 9, 9, 9], dtype=dtype)
    boxes.requires_grad_()
    values = measure(boxes, others)
    values.sum().backward()
    assert values.isfinite().all()
    assert boxes.grad is not None
    if dtype == torch.float16:  # gradients beyond 65504 cannot be written in it
        assert not boxes.grad.isnan().any()
    else:
        assert boxes.grad.isfinite().all()
    if measure is not aligned_giou:  # the enclosing area of two lines is all ε, as published
        assert ((values >= -1 - 1e-6) & (values <= 1 + 1e-6)).all()


@measures
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_is_computed_in_float32(measure: Callable[[Tensor, Tensor], Tensor], dtype: torch.dtype) -> None:
    generator = torch.Generator().manual_seed(0)
    corners = torch.rand(20, 2, 4, generator=generator) * 50
    boxes = torch.cat((corners[..., :2], corners[..., :2] + corners[..., 2:] + 1), dim=-1).to(dtype)
    values = measure(boxes[:, 0], boxes[:, 1])
    assert values.dtype == torch.float32
    torch.testing.assert_close(values, measure(boxes[:, 0].float(), boxes[:, 1].float()))


@measures
def test_gradients_are_right(measure: Callable[[Tensor, Tensor], Tensor]) -> None:
    """CIoU by itself is not the integral of its gradient, since the aspect weight is a constant there."""
    one = rows([0, 0, 4, 4], [1, 2, 9, 5], dtype=torch.float64).requires_grad_()
    other = rows([2, 1, 6, 5], [3, 0, 8, 3.75], dtype=torch.float64).requires_grad_()
    if measure in CIOUS:  # equal aspect ratios make the weight 0
        other = rows([2, 1, 6, 5], [3, 0, 11, 3], dtype=torch.float64).requires_grad_()
    assert torch.autograd.gradcheck(measure, (one, other), atol=1e-6)


def step_by_step(boxes: Tensor, others: Tensor, *, exact_heights: bool) -> Tensor:
    """Zheng et al. 2020, eq. 10, with every measure taken by itself."""
    low, high, other_low, other_high = boxes[:, :2], boxes[:, 2:], others[:, :2], others[:, 2:]
    taller = boxes.new_tensor((0.0, 0.0 if exact_heights else 1e-7))
    size, other_size = high - low + taller, other_high - other_low + taller
    common = (torch.minimum(high, other_high) - torch.maximum(low, other_low)).clamp(min=0).prod(dim=1)
    iou = common / (size.prod(dim=1) + other_size.prod(dim=1) - common + 1e-7)
    enclosing = torch.maximum(high, other_high) - torch.minimum(low, other_low)
    distance = (other_low + other_high - low - high).square().sum(dim=1) / 4
    angle, other_angle = (
        torch.atan2(*sides.clamp(min=SMALLEST_SIDE).unbind(1))
        if exact_heights
        else torch.atan(sides[:, 0] / sides[:, 1])
        for sides in (size, other_size)
    )
    aspect = 4 / math.pi**2 * (other_angle - angle).square()
    weight = (aspect / (1 - iou + aspect + 1e-7)).detach()
    return iou - distance / (enclosing.square().sum(dim=1) + 1e-7) - aspect * weight


def some_boxes(seed: int, count: int = 200) -> Tensor:
    """Apart, overlapping, one in the other; whole corners, so that many sides are equal."""
    corners = torch.randint(0, 9, (count, 2, 2), generator=torch.Generator().manual_seed(seed)).double()
    low, high = corners.amin(dim=1), corners.amax(dim=1)
    return torch.cat((low, high + 1), dim=1)


@pytest.mark.parametrize("exact_heights", [False, True])
def test_complete_iou_and_both_gradients_are_those_of_the_formula(exact_heights: bool) -> None:
    boxes, others = some_boxes(0).requires_grad_(), some_boxes(1).requires_grad_()
    touching = (torch.minimum(boxes, others)[:, 2:] == torch.maximum(boxes, others)[:, :2]).any(dim=1)
    found = complete_iou(boxes, others, 1e-7, exact_heights=exact_heights)
    wanted = step_by_step(boxes, others, exact_heights=exact_heights)
    torch.testing.assert_close(found, wanted, rtol=1e-12, atol=1e-14)
    weight = torch.rand(len(boxes), dtype=torch.float64).masked_fill(touching, 0)  # there the slope has two values
    ours = torch.autograd.grad((found * weight).sum(), (boxes, others))
    theirs = torch.autograd.grad((wanted * weight).sum(), (boxes, others))
    torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("exact_heights", [False, True])
def test_a_perfect_match_pulls_nowhere(exact_heights: bool) -> None:
    boxes = some_boxes(2).requires_grad_()
    complete_iou(boxes, boxes.detach(), 1e-7, exact_heights=exact_heights).sum().backward()
    assert boxes.grad is not None
    torch.testing.assert_close(boxes.grad, torch.zeros_like(boxes), rtol=0, atol=1e-6)


def test_aspect_weight_is_a_constant_in_the_gradient() -> None:
    one = rows([0, 0, 4, 4], dtype=torch.float64).requires_grad_()
    other = rows([0, 0, 6, 2], dtype=torch.float64)
    (gradient,) = torch.autograd.grad(aligned_ciou(one, other).sum(), one)
    iou = aligned_iou(one, other).detach()
    angle = torch.atan(other[:, 2] / other[:, 3]) - torch.atan((one[:, 2] - one[:, 0]) / (one[:, 3] - one[:, 1]))
    aspect = 4 / math.pi**2 * angle.square()
    weight = (aspect / (1 - iou + aspect)).detach()
    (wanted,) = torch.autograd.grad((aligned_diou(one, other) - weight * aspect).sum(), one)
    torch.testing.assert_close(gradient, wanted, rtol=1e-5, atol=1e-7)


@measures
def test_nothing_gives_nothing(measure: Callable[[Tensor, Tensor], Tensor]) -> None:
    assert measure(torch.zeros(0, 4), torch.zeros(0, 4)).shape == (0,)


def test_pairwise_worked_by_hand() -> None:
    boxes = rows([0, 0, 4, 4], [10, 10, 12, 12], [1, 1, 1, 1])
    others = rows([2, 0, 6, 2], [0, 0, 4, 4])
    assert pairwise_iou(boxes, others).tolist() == [pytest.approx([0.2, 1.0]), [0, 0], [0, 0]]


def test_pairwise_of_boxes_without_area_is_zero() -> None:
    point = rows([3, 3, 3, 3])
    assert pairwise_iou(point, point).tolist() == [[0.0]]


def test_pairwise_agrees_with_aligned() -> None:
    corners = torch.rand(2, 30, 4, generator=torch.Generator().manual_seed(1)) * 40
    one, other = torch.cat((corners[..., :2], corners[..., :2] + corners[..., 2:]), dim=-1)
    matrix = pairwise_iou(one, other)
    torch.testing.assert_close(matrix.diagonal(), aligned_iou(one, other), rtol=1e-4, atol=1e-6)
    assert pairwise_iou(one[:0], other).shape == (0, 30)
    assert pairwise_iou(one, other[:0]).shape == (30, 0)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("overlap", [pairwise_iou, *MEASURES])
def test_half_precision_boxes_are_compared_in_float32(
    overlap: Callable[[Tensor, Tensor], Tensor], dtype: torch.dtype
) -> None:
    """Their areas are more than float16 can hold."""
    boxes = torch.tensor([[0, 0, 640, 640], [16, 16, 304, 304]], dtype=dtype)
    others = torch.tensor([[0, 0, 640, 512], [16, 16, 256, 304]], dtype=dtype)
    found = overlap(boxes, others)
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, overlap(boxes.float(), others.float()), rtol=0, atol=0)
