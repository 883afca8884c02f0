"""The laws of losses of boxes: those of every loss, and equality with the plain formula of the paper in float64."""

import math
from typing import Any, NamedTuple

import torch
from torch import Tensor

from tests.contracts.loss_laws import LossLaws

CANVAS = (48, 64)


class Plain(NamedTuple):
    """What the papers measure of one box and its target, as numbers that are differentiated."""

    iou: Tensor
    dx: Tensor
    dy: Tensor
    width: Tensor
    height: Tensor
    true_width: Tensor
    true_height: Tensor
    around_width: Tensor
    around_height: Tensor


def plain(box: Tensor, target: Tensor) -> Plain:
    """Measures by hand, without any constant against a division by 0."""
    left, top, right, bottom = box.unbind()
    a, b, c, d = target.unbind()
    across = (right.minimum(c) - left.maximum(a)).clamp(min=0)
    down = (bottom.minimum(d) - top.maximum(b)).clamp(min=0)
    common = across * down
    union = (right - left) * (bottom - top) + (c - a) * (d - b) - common
    around = right.maximum(c) - left.minimum(a), bottom.maximum(d) - top.minimum(b)
    offset = (a + c - left - right) / 2, (b + d - top - bottom) / 2
    return Plain(common / union, *offset, right - left, bottom - top, c - a, d - b, *around)


def plain_penalties(p: Plain) -> dict[str, Tensor]:
    """Gives what GIoU, DIoU and CIoU subtract from the IoU; CIoU as (distance, aspect), its weight a constant."""
    areas = p.width * p.height + p.true_width * p.true_height
    union = areas / (1 + p.iou)
    around = p.around_width * p.around_height
    distance = (p.dx**2 + p.dy**2) / (p.around_width**2 + p.around_height**2)
    aspect = 4 / math.pi**2 * (torch.atan(p.true_width / p.true_height) - torch.atan(p.width / p.height)) ** 2
    weight = (aspect / (1 - p.iou + aspect)).detach()
    return {"giou": (around - union) / around, "diou": distance, "aspect": weight * aspect}


class BoxLossLaws(LossLaws):
    """Hooks: `make`, and `formula`, which gives the loss of one box by the paper."""

    def make(self) -> Any:
        raise NotImplementedError

    def formula(self, box: Tensor, target: Tensor) -> Tensor:
        raise NotImplementedError

    def draw(self, rows: int, generator: torch.Generator) -> Tensor:
        corners = torch.rand(rows, 4, generator=generator) * 10
        return torch.cat((corners[:, :2], corners[:, :2] + corners[:, 2:] + 1), dim=1)

    def targets(self, rows: int, dtype: torch.dtype) -> Tensor:
        place = torch.arange(rows, dtype=torch.float64).unsqueeze(1)
        others = place * 0.731 % 5 + torch.tensor([0.11, 0.23, 5.37, 7.41], dtype=torch.float64)
        return others.to(torch.float64 if dtype == torch.float64 else torch.float32)

    def evaluate(self, values: Tensor) -> Tensor:
        loss, targets = self.make(), self.targets(len(values), values.dtype)
        found: Tensor = loss.of_pixels(values, targets, CANVAS) if hasattr(loss, "of_pixels") else loss(values, targets)
        return found

    def extreme(self) -> list[Tensor]:
        line = torch.tensor([[3.0, 1.0, 3.0, 9.0], [3.0, 1.0, 9.0, 1.0], [3.0, 1.0, 3.0, 1.0]])
        return [torch.zeros(3, 4), torch.full((3, 4), 1e4), torch.tensor([[0.11, 0.23, 5.37, 7.41]]), line]

    def test_values_and_gradients_are_those_of_the_paper(self) -> None:
        values = self._draw(40, torch.float64)
        targets = self.targets(40, torch.float64)
        iou = torch.stack([plain(box, target).iou for box, target in zip(values, targets, strict=True)])
        assert (iou == 0).any()
        assert (iou > 0.3).any()
        wanted = torch.stack([self.formula(box, target) for box, target in zip(values, targets, strict=True)])
        found = self.evaluate(values)
        torch.testing.assert_close(found, wanted, rtol=1e-5, atol=1e-6)
        (slopes,), (true,) = (torch.autograd.grad(loss.sum(), values) for loss in (found, wanted))
        torch.testing.assert_close(slopes, true, rtol=1e-4, atol=1e-6)

    def test_a_perfect_match_costs_nothing(self) -> None:
        targets = self.targets(5, torch.float32).requires_grad_()
        loss = self.evaluate(targets)
        assert loss.abs().max() < 1e-5
        (slope,) = torch.autograd.grad(loss.sum(), targets)
        assert slope.isfinite().all()

    def test_targets_are_not_differentiated(self) -> None:
        boxes, targets = self._draw(4).detach(), self.targets(4, torch.float32).requires_grad_()
        loss = self.make()
        found = loss.of_pixels(boxes, targets, CANVAS) if hasattr(loss, "of_pixels") else loss(boxes, targets)
        assert not found.requires_grad
