import pytest
import torch
from torch import Tensor

from boxwright.criterion import BoxRegressionTerm, Criterion, Stateful
from boxwright.errors import ConfigError
from boxwright.losses import WiseIoULoss
from tests.contracts.box_loss_laws import BoxLossLaws, plain


class TestVersion1(BoxLossLaws):
    version = 1

    # The diagonal is a constant in the gradient, so differences of values disagree.
    test_gradients_are_right = None  # type: ignore[assignment]

    def make(self) -> WiseIoULoss:
        return WiseIoULoss(self.version)

    def formula(self, box: Tensor, target: Tensor) -> Tensor:
        p = plain(box, target)
        diagonal = (p.around_width**2 + p.around_height**2).detach()
        loss = torch.exp((p.dx**2 + p.dy**2) / diagonal) * (1 - p.iou)
        return loss if self.version == 1 else self.focus(1 - p.iou.detach()) * loss

    def focus(self, loss: Tensor) -> Tensor:
        raise NotImplementedError


class TestVersion3(TestVersion1):
    version = 3
    mean = 0.4

    def make(self) -> WiseIoULoss:
        loss = WiseIoULoss(3, alpha=1.7, delta=2.7)
        loss.load_state_dict({"mean": torch.tensor(self.mean)})
        return loss

    def focus(self, loss: Tensor) -> Tensor:
        outlier = loss / torch.tensor(self.mean).double()
        return outlier / (2.7 * 1.7 ** (outlier - 2.7))


BOXES, OTHERS = torch.tensor([[0.0, 0, 4, 4], [0, 0, 2, 2]]), torch.tensor([[2.0, 0, 6, 4], [0, 0, 2, 2]])


def test_the_mean_moves_after_a_step_only_and_is_saved() -> None:
    loss = WiseIoULoss(momentum=0.5)
    assert isinstance(loss, Stateful)
    first = loss(BOXES, OTHERS)
    assert torch.equal(first, loss(BOXES, OTHERS))
    loss.after_step()
    assert loss.mean.item() == pytest.approx((1 + (2 / 3 + 0) / 2) / 2)
    loss.after_step()
    assert loss.mean.item() == pytest.approx(2 / 3)
    other = WiseIoULoss()
    other.load_state_dict(loss.state_dict())
    assert torch.equal(other(BOXES, OTHERS), loss(BOXES, OTHERS))


def test_without_pairs_the_mean_stays() -> None:
    loss = WiseIoULoss()
    loss(BOXES[:0], OTHERS[:0])
    loss.after_step()
    assert loss.mean == 1


def test_version_1_keeps_nothing() -> None:
    assert WiseIoULoss(1).state_dict() == {}


def test_the_mean_reaches_the_state_of_a_criterion() -> None:
    def decode(*, codes: Tensor, priors: Tensor) -> Tensor:
        return codes

    criterion = Criterion(lambda *_: None, decode, (BoxRegressionTerm(decode, loss=WiseIoULoss()),))  # type: ignore[arg-type]
    assert set(criterion.state_dict()) == {"box"}


@pytest.mark.parametrize(
    "wrong", [{"version": 2}, {"alpha": 1.0}, {"delta": 0.0}, {"momentum": 1.5}, {"delta": 100.0}, {"alpha": 1e9}]
)
def test_fields_are_checked(wrong: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match=r"version must be|Wise-IoU needs|too much for"):
        WiseIoULoss(**wrong)  # type: ignore[arg-type]
