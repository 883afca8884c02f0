import pytest
import torch
from torch import Tensor

from boxwright.errors import ConfigError
from boxwright.losses import L1, CodeLoss, SmoothL1
from tests.contracts.loss_laws import LossLaws


class CodeLossLaws(LossLaws):
    def make(self) -> CodeLoss:
        raise NotImplementedError

    def draw(self, rows: int, generator: torch.Generator) -> Tensor:
        return torch.randn(rows, 4, generator=generator) * 2

    def evaluate(self, values: Tensor) -> Tensor:
        place = torch.arange(len(values)).unsqueeze(1)
        targets = place * 0.731 % 1.7 + torch.tensor([0.11, -0.23, 0.37, -1.41])
        return self.make()(values, targets.to(values.dtype) if values.dtype == torch.float64 else targets)

    def extreme(self) -> list[Tensor]:
        return [torch.zeros(3, 4), torch.full((3, 4), 1e30), torch.full((3, 4), -1e30)]

    def test_the_target_has_no_gradient_and_zero_distance_no_cost(self) -> None:
        codes = torch.randn(5, 4, requires_grad=True)
        loss = self.make()(codes, codes)
        assert not loss.any()
        (gradient,) = torch.autograd.grad(self.make()(codes, 3 * codes).sum(), codes)
        assert torch.equal(gradient.sign(), -codes.detach().sign())


class TestL1(CodeLossLaws):
    def make(self) -> CodeLoss:
        return L1()


class TestSmoothL1(CodeLossLaws):
    def make(self) -> CodeLoss:
        return SmoothL1()


class TestWideSmoothL1(CodeLossLaws):
    def make(self) -> CodeLoss:
        return SmoothL1(1.0)


def test_worked_by_hand() -> None:
    codes, targets = torch.tensor([[0.0, 1.0, -2.0, 0.5]]), torch.tensor([[0.0, 0.0, 1.0, 0.25]])
    assert L1()(codes, targets).item() == pytest.approx(0 + 1 + 3 + 0.25)
    assert SmoothL1(1.0)(codes, targets).item() == pytest.approx(0 + 0.5 + 2.5 + 0.03125)
    assert SmoothL1(0.5)(codes, targets).item() == pytest.approx(0 + 0.75 + 2.75 + 0.0625)


def test_a_narrow_rounding_is_nearly_l1_and_a_wide_one_is_not() -> None:
    distances = torch.full((1, 4), 0.5)
    exact = L1()(distances, torch.zeros(1, 4)).item()
    assert SmoothL1()(distances, torch.zeros(1, 4)).item() == pytest.approx(exact, rel=0.15)
    assert SmoothL1(1.0)(distances, torch.zeros(1, 4)).item() == pytest.approx(exact / 4)


def test_the_width_is_checked() -> None:
    with pytest.raises(ConfigError, match=r"beta must be above 0; found 0\.0\. L1 is"):
        SmoothL1(0.0)
