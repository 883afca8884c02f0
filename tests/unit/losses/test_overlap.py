import pytest
import torch
from torch import Tensor

from boxwright.errors import ConfigError
from boxwright.losses import OverlapLoss
from tests.contracts.loss_laws import LossLaws


class OverlapLaws(LossLaws):
    kind: str

    def draw(self, rows: int, generator: torch.Generator) -> Tensor:
        corners = torch.rand(rows, 4, generator=generator) * 10
        return torch.cat((corners[:, :2], corners[:, :2] + corners[:, 2:] + 1), dim=1)

    def evaluate(self, values: Tensor) -> Tensor:
        place = torch.arange(len(values), dtype=torch.float64).unsqueeze(1)
        others = place * 0.731 % 5 + torch.tensor([0.11, 0.23, 5.37, 7.41])
        return OverlapLoss(self.kind)(values, others if values.dtype == torch.float64 else others.float())

    def extreme(self) -> list[Tensor]:
        return [torch.zeros(3, 4), torch.full((3, 4), 1e4), torch.tensor([[0.11, 0.23, 5.37, 7.41]])]


class TestIou(OverlapLaws):
    kind = "iou"


class TestGiou(OverlapLaws):
    kind = "giou"


class TestDiou(OverlapLaws):
    kind = "diou"


class TestCiou(OverlapLaws):
    kind = "ciou"

    # The aspect weight is a constant in the gradient, so differences of values disagree; see `test_overlaps`.
    test_gradients_are_right = None  # type: ignore[assignment]


class TestExactCiou(OverlapLaws):
    kind = "exact_ciou"

    def test_gradients_are_right(self) -> None:
        """As for `TestCiou`."""

    def extreme(self) -> list[Tensor]:
        line = torch.tensor([[3.0, 1.0, 3.0, 9.0], [3.0, 1.0, 9.0, 1.0], [3.0, 1.0, 3.0, 1.0]])
        return [*super().extreme(), line]


@pytest.mark.parametrize("kind", ["iou", "giou", "diou", "ciou", "exact_ciou"])
def test_a_perfect_match_costs_nothing(kind: str) -> None:
    boxes = torch.tensor([[1.0, 2.0, 7.0, 5.0]])
    assert OverlapLoss(kind)(boxes, boxes).item() == pytest.approx(0, abs=1e-6)


def test_worked_by_hand() -> None:
    """Intersection 4, union 20, enclosing box 24."""
    one, other = torch.tensor([[0.0, 0, 4, 4]]), torch.tensor([[2.0, 0, 6, 2]])
    assert OverlapLoss("iou")(one, other).item() == pytest.approx(0.8)
    assert OverlapLoss("giou")(one, other).item() == pytest.approx(0.8 + 4 / 24)


def test_default_is_ciou() -> None:
    assert OverlapLoss() == OverlapLoss("ciou")


def test_unknown_kind_names_the_nearest() -> None:
    with pytest.raises(
        ConfigError, match=r"Unknown overlap 'siou'\. Did you mean 'iou'\? Valid: ciou, diou, exact_ciou, giou, iou"
    ):
        OverlapLoss("siou")
