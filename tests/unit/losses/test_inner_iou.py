import pytest
import torch
from torch import Tensor

from boxwright.errors import ConfigError
from boxwright.losses import InnerIoULoss
from tests.contracts.box_loss_laws import BoxLossLaws, plain, plain_penalties


def scaled(box: Tensor, ratio: float) -> Tensor:
    x, y, width, height = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2, box[2] - box[0], box[3] - box[1]
    return torch.stack([x - width * ratio / 2, y - height * ratio / 2, x + width * ratio / 2, y + height * ratio / 2])


class InnerLaws(BoxLossLaws):
    kind: str
    ratio = 0.7

    def make(self) -> InnerIoULoss:
        return InnerIoULoss(self.ratio, self.kind)

    def formula(self, box: Tensor, target: Tensor) -> Tensor:
        p = plain(box, target)
        penalties = plain_penalties(p)
        wide = ((p.width - p.true_width) / p.around_width) ** 2
        high = ((p.height - p.true_height) / p.around_height) ** 2
        whole = {
            "iou": 0,
            "giou": penalties["giou"],
            "ciou": penalties["diou"] + penalties["aspect"],
            "eiou": penalties["diou"] + wide + high,
        }[self.kind]
        return 1 - plain(scaled(box, self.ratio), scaled(target, self.ratio)).iou + whole


class TestGIoU(InnerLaws):
    kind = "giou"


class TestWiderEIoU(InnerLaws):
    kind, ratio = "eiou", 1.3


class TestCIoU(InnerLaws):
    kind = "ciou"

    # The aspect weight is a constant in the gradient, so differences of values disagree.
    test_gradients_are_right = None  # type: ignore[assignment]


def test_every_kind_gives_values() -> None:
    boxes = torch.tensor([[0.0, 0, 4, 4]])
    for kind in ("iou", "giou", "diou", "ciou", "siou", "eiou"):
        assert InnerIoULoss(0.5, kind)(boxes, boxes + 1).item() > 0


def test_fields_are_checked() -> None:
    with pytest.raises(ConfigError, match="ratio must be"):
        InnerIoULoss(0.0)
    with pytest.raises(ConfigError, match="Unknown box loss"):
        InnerIoULoss(kind="nwd")
