import math

import pytest
import torch
from torch import Tensor

from boxwright.losses import DistributionFocalLoss
from tests.contracts.loss_laws import LossLaws

BINS = 6


class TestDistributionFocal(LossLaws):
    def draw(self, rows: int, generator: torch.Generator) -> Tensor:
        return 3 * torch.randn(rows, 4 * BINS, generator=generator)

    def evaluate(self, values: Tensor) -> Tensor:
        steps = torch.arange(4 * len(values)).view(-1, 4)
        loss: Tensor = DistributionFocalLoss()(values, (steps * 0.37 % (BINS - 1.01)).to(torch.float32))
        return loss

    def extreme(self) -> list[Tensor]:
        spike = torch.zeros(2, 4 * BINS)
        spike[:, ::BINS] = 1e4
        return [spike, -spike, torch.full((2, 4 * BINS), 1e4), torch.full((2, 4 * BINS), -1e4)]


def test_worked_by_hand() -> None:
    """Scores ¼, ¼, ½ of three bins; distances 0, 1.5, 0.25 and 1: CE of each bin is ln 4, ln 4, ln 2."""
    codes = torch.tensor([0.0, 0.0, math.log(2)]).repeat(4)[None]
    loss = DistributionFocalLoss()(codes, torch.tensor([[0.0, 1.5, 0.25, 1.0]]))
    sides = [math.log(4), 0.5 * math.log(4) + 0.5 * math.log(2), math.log(4), math.log(4)]
    assert loss.tolist() == [pytest.approx(sum(sides) / 4)]


def test_is_least_for_the_two_bins_in_proportion() -> None:
    """The best distribution costs its own entropy."""
    share = torch.tensor([0.3, 0.7])
    codes = torch.full((1, 4, BINS), -50.0)
    codes[:, :, 2:4] = share.log()
    best = DistributionFocalLoss()(codes.flatten(1), torch.full((1, 4), 2.7))
    assert best.item() == pytest.approx(-(share * share.log()).sum().item(), rel=1e-4)
    for shift in (0.1, -0.1):
        moved = codes.clone()
        moved[:, :, 2] += shift
        assert DistributionFocalLoss()(moved.flatten(1), torch.full((1, 4), 2.7)).item() > best.item()


def test_sides_are_blocks_of_bins() -> None:
    """Moving one side's logits changes the loss by that side's part only."""
    codes = torch.zeros(1, 4 * BINS)
    codes[0, BINS : BINS + 1] = 30.0  # the top side is sure of bin 0
    loss = DistributionFocalLoss()(codes, torch.zeros(1, 4))
    assert loss.item() == pytest.approx(3 * math.log(BINS) / 4, rel=1e-5)
