import math

import pytest
import torch
from torch import Tensor

from boxwright.errors import ConfigError
from boxwright.losses import SIoULoss
from tests.contracts.box_loss_laws import BoxLossLaws, plain


class TestSIoU(BoxLossLaws):
    theta = 4.0

    def make(self) -> SIoULoss:
        return SIoULoss(self.theta)

    def formula(self, box: Tensor, target: Tensor) -> Tensor:
        p = plain(box, target)
        far = (p.dx**2 + p.dy**2).sqrt()
        angle = torch.arcsin(p.dy.abs() / far)
        gamma = 2 - (1 - 2 * torch.sin(angle - math.pi / 4) ** 2)
        distance = sum(1 - torch.exp(-gamma * d**2) for d in (p.dx / p.around_width, p.dy / p.around_height))
        sides = ((p.width, p.true_width), (p.height, p.true_height))
        shape = sum((1 - torch.exp(-(a - b).abs() / a.maximum(b))) ** self.theta for a, b in sides)
        return 1 - p.iou + (distance + shape) / 2


class TestSIoUOfAnotherShape(TestSIoU):
    theta = 2.0


def test_the_exponent_is_checked() -> None:
    with pytest.raises(ConfigError, match="theta must be"):
        SIoULoss(0.5)
