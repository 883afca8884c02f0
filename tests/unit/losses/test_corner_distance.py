from torch import Tensor

from boxwright.losses import CornerDistanceLoss, PixelBoxLoss
from tests.contracts.box_loss_laws import CANVAS, BoxLossLaws, plain


class TestCornerDistance(BoxLossLaws):
    def make(self) -> CornerDistanceLoss:
        assert isinstance(CornerDistanceLoss(), PixelBoxLoss)
        return CornerDistanceLoss()

    def formula(self, box: Tensor, target: Tensor) -> Tensor:
        far = (box - target) ** 2
        diagonal = CANVAS[0] ** 2 + CANVAS[1] ** 2
        return 1 - plain(box, target).iou + (far[0] + far[1]) / diagonal + (far[2] + far[3]) / diagonal
