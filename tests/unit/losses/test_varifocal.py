import pytest
import torch
from torch import Tensor

from boxwright.errors import ConfigError
from boxwright.losses import VarifocalLoss
from tests.contracts.loss_laws import LossLaws


class TestVarifocal(LossLaws):
    def draw(self, rows: int, generator: torch.Generator) -> Tensor:
        return torch.randn(rows, generator=generator) * 3

    def labels(self, rows: int) -> Tensor:
        return torch.linspace(-0.4, 1, max(rows, 1), dtype=torch.float64)[:rows].clamp(min=0)

    def evaluate(self, values: Tensor) -> Tensor:
        return VarifocalLoss()(values, self.labels(len(values)))

    def extreme(self) -> list[Tensor]:
        return [torch.full((5,), 1e4), torch.full((5,), -1e4)]

    def test_values_and_gradients_are_those_of_the_paper(self) -> None:
        values, labels = self._draw(30, torch.float64), self.labels(30)
        assert (labels == 0).any()
        p = torch.sigmoid(values)
        positive = -labels * (labels * p.log() + (1 - labels) * (1 - p).log())
        wanted = torch.where(labels > 0, positive, -0.75 * p**2 * (1 - p).log())
        found = self.evaluate(values)
        torch.testing.assert_close(found, wanted)
        (slopes,), (true,) = (torch.autograd.grad(loss.sum(), values) for loss in (found, wanted))
        torch.testing.assert_close(slopes, true)


def test_fields_are_checked() -> None:
    with pytest.raises(ConfigError, match="gamma must be"):
        VarifocalLoss(gamma=0.5)
    with pytest.raises(ConfigError, match="alpha must be"):
        VarifocalLoss(alpha=-1.0)
