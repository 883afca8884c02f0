import math

import pytest
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from boxwright.errors import ConfigError
from boxwright.losses import SoftLabelCrossEntropy, SoftLabelLoss, smooth_labels
from tests.contracts.loss_laws import LossLaws


class SoftLabelLaws(LossLaws):
    """Hook: `make`. Each row is one logit; labels go through 0, ¼ … 1."""

    def make(self) -> SoftLabelLoss:
        raise NotImplementedError

    def draw(self, rows: int, generator: torch.Generator) -> Tensor:
        return 3 * torch.randn(rows, generator=generator)

    def evaluate(self, values: Tensor) -> Tensor:
        return self.make()(values, (torch.arange(len(values)) % 5).to(values.dtype) / 4)

    def extreme(self) -> list[Tensor]:
        return [torch.full((5,), value) for value in (-1e4, -100.0, 0.0, 100.0, 1e4)]

    def test_is_a_part(self) -> None:
        assert isinstance(self.make(), SoftLabelLoss)
        assert self.make() == self.make()

    def test_any_shape(self) -> None:
        values = self._draw(24)
        labels = torch.rand(24, generator=torch.Generator().manual_seed(1))
        flat = self.make()(values, labels)
        assert torch.equal(self.make()(values.view(2, 3, 4), labels.view(2, 3, 4)), flat.view(2, 3, 4))

    def test_labels_are_not_differentiated(self) -> None:
        values, labels = self._draw(5), torch.rand(5, requires_grad=True)
        self.make()(values, labels).sum().backward()
        assert labels.grad is None


class TestCrossEntropy(SoftLabelLaws):
    def make(self) -> SoftLabelCrossEntropy:
        return SoftLabelCrossEntropy()


class TestWeighted(SoftLabelLaws):
    def make(self) -> SoftLabelCrossEntropy:
        return SoftLabelCrossEntropy(2.5)


@pytest.mark.parametrize("weight", [0.7, 1.0, 2.0])
def test_equals_the_loss_of_the_library(weight: float) -> None:
    generator = torch.Generator().manual_seed(0)
    logits, labels = 4 * torch.randn(50, generator=generator), torch.rand(50, generator=generator)
    wanted = binary_cross_entropy_with_logits(logits, labels, pos_weight=torch.tensor(weight), reduction="none")
    torch.testing.assert_close(SoftLabelCrossEntropy(weight)(logits, labels), wanted)


def test_worked_by_hand() -> None:
    """Score ½ costs ln 2 by any label; with weight 3 and label 1 three times that."""
    zero, one = torch.zeros(1), torch.ones(1)
    assert SoftLabelCrossEntropy()(zero, zero + 0.3).item() == pytest.approx(math.log(2))
    assert SoftLabelCrossEntropy(3.0)(zero, one).item() == pytest.approx(3 * math.log(2))


def test_smoothed_labels() -> None:
    assert smooth_labels(0.0) == (1.0, 0.0)
    assert smooth_labels(0.1) == pytest.approx((0.95, 0.05))
    for epsilon in (-0.1, 1.1):
        with pytest.raises(ConfigError, match=f"Label smoothing must lie in 0 to 1; found {epsilon}"):
            smooth_labels(epsilon)


def test_weight_is_checked() -> None:
    with pytest.raises(ConfigError, match="positive_weight must be above 0; found 0"):
        SoftLabelCrossEntropy(0.0)
