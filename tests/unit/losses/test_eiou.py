from torch import Tensor

from boxwright.losses import EIoULoss
from tests.contracts.box_loss_laws import BoxLossLaws, plain, plain_penalties


class TestEIoU(BoxLossLaws):
    def make(self) -> EIoULoss:
        return EIoULoss()

    def formula(self, box: Tensor, target: Tensor) -> Tensor:
        p = plain(box, target)
        wide = ((p.width - p.true_width) / p.around_width) ** 2
        high = ((p.height - p.true_height) / p.around_height) ** 2
        return 1 - p.iou + plain_penalties(p)["diou"] + wide + high
