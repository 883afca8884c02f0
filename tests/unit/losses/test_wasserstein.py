import pytest
import torch
from torch import Tensor

from boxwright.errors import ConfigError
from boxwright.losses import PixelBoxLoss, WassersteinLoss
from tests.contracts.box_loss_laws import BoxLossLaws, plain


class TestWasserstein(BoxLossLaws):
    def make(self) -> WassersteinLoss:
        assert isinstance(WassersteinLoss(), PixelBoxLoss)
        return WassersteinLoss()

    def formula(self, box: Tensor, target: Tensor) -> Tensor:
        p = plain(box, target)
        squared = p.dx**2 + p.dy**2 + ((p.width - p.true_width) ** 2 + (p.height - p.true_height) ** 2) / 4
        return 1 - torch.exp(-squared.sqrt() / 12.8)


def test_tiny_boxes_apart_have_a_slope() -> None:
    box = torch.tensor([[0.0, 0, 4, 4]], requires_grad=True)
    WassersteinLoss().of_pixels(box, torch.tensor([[6.0, 0, 10, 4]]), (64, 64)).sum().backward()
    assert box.grad is not None
    assert (box.grad[0, [0, 2]] < 0).all()


def test_the_constant_is_checked() -> None:
    with pytest.raises(ConfigError, match="constant must be"):
        WassersteinLoss(0.0)
