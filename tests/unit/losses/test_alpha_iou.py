import pytest
from torch import Tensor

from boxwright.errors import ConfigError
from boxwright.losses import AlphaIoULoss
from tests.contracts.box_loss_laws import BoxLossLaws, plain, plain_penalties


class AlphaLaws(BoxLossLaws):
    kind: str
    penalties: tuple[str, ...]

    def make(self) -> AlphaIoULoss:
        return AlphaIoULoss(3.0, self.kind)

    def formula(self, box: Tensor, target: Tensor) -> Tensor:
        p = plain(box, target)
        return 1 - p.iou**3 + sum(plain_penalties(p)[name] ** 3 for name in self.penalties)


class TestIoU(AlphaLaws):
    kind, penalties = "iou", ()


class TestGIoU(AlphaLaws):
    kind, penalties = "giou", ("giou",)


class TestDIoU(AlphaLaws):
    kind, penalties = "diou", ("diou",)


class TestCIoU(AlphaLaws):
    kind, penalties = "ciou", ("diou", "aspect")

    # The aspect weight is a constant in the gradient, so differences of values disagree.
    test_gradients_are_right = None  # type: ignore[assignment]


def test_fields_are_checked() -> None:
    with pytest.raises(ConfigError, match="alpha must be"):
        AlphaIoULoss(0.9)
    with pytest.raises(ConfigError, match="Did you mean 'ciou'"):
        AlphaIoULoss(kind="cciou")
